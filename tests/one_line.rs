//! A reward term, a strategy, a learner, a matchmaker, a kind of game or graph, or a family of models is a file of its
//! own and one entry of a list. In addition, Rust wants a `mod` line for the file.
//!
//! Nothing is compiled here: the code of `src` is searched for the names of everything that is listed. Tests, comments,
//! documents and scenarios may name what they like. `.ci/additions` adds one rule to each list in a copy of the
//! sources, and runs the resulting program.

use crate::support::{files, root};
use std::collections::BTreeSet;
use std::path::Path;

/// A list of rules.
struct List {
    /// The folder of the files with the rules.
    folder: &'static str,
    /// The file of that folder with the list.
    file: &'static str,
    /// The line before the first entry.
    opening: &'static str,
    /// The items generated from the list. No rule names them, so that the list may name the rules.
    written: &'static [&'static str],
    /// Other files that name any of the rules, and why they may.
    besides: &'static [(&'static str, &'static str)],
    /// What a new rule adds: a file, which is in `tests/additions`, and an entry.
    addition: (&'static str, &'static str),
}

const TERMS: List = List {
    folder: "src/morals",
    file: "mod.rs",
    opening: "list::terms! {",
    written: &["TermSpec", "TermsPlugin", "EXPLANATIONS"],
    besides: &[],
    addition: ("envy", "envy::Envy(Envy),"),
};
const STRATEGIES: List = List {
    folder: "src/policies/scripted",
    file: "mod.rs",
    opening: "list::strategies! {",
    written: &["StrategySpec", "STRATEGIES"],
    besides: &[],
    addition: ("stochastic_cooperator", "memory_one::stochastic_cooperator::StochasticCooperator,"),
};
const LEARNERS: List = List {
    folder: "src/learning",
    file: "any.rs",
    opening: "\nlearners! {",
    written: &["LearnerSpec"],
    besides: &[],
    addition: ("raft", "raft::Raft,"),
};
const MATCHMAKERS: List = List {
    folder: "src/matchmaking",
    file: "mod.rs",
    opening: "list::matchmakers! {",
    written: &["MatchmakingSpec", "MATCHMAKERS"],
    besides: &[],
    addition: ("ring", "ring::Ring(Ring),"),
};
const GAMES: List = List {
    folder: "src/games",
    file: "mod.rs",
    opening: "kind::kinds! {",
    written: &["GameSpec", "KINDS"],
    besides: &[],
    addition: ("travellers", "travellers::Travellers,"),
};
const FAMILIES: List = List {
    folder: "src/llm/family",
    file: "mod.rs",
    opening: "list::families! {",
    written: &["Family"],
    besides: &[
        ("src/llm/reference/families/mod.rs", "which model of candle-transformers checks which family"),
        ("src/llm/files/registry.rs", "published models, each of its family"),
    ],
    addition: ("mistral", "mistral::Mistral,"),
};
const UPDATE_RULES: List = List {
    folder: "src/evolution",
    file: "mod.rs",
    opening: "list::update_rules! {",
    written: &["UpdateRuleSpec", "UPDATE_RULES"],
    besides: &[],
    addition: ("voter", "voter::Voter,"),
};
const NORMS: List = List {
    folder: "src/reputation",
    file: "mod.rs",
    opening: "list::norms! {",
    written: &["NormSpec", "NORMS"],
    besides: &[],
    addition: ("mercy", "mercy::Mercy,"),
};
const GRAPHS: List = List {
    folder: "src/structure",
    file: "mod.rs",
    opening: "list::graphs! {",
    written: &["GraphSpec", "GRAPHS"],
    besides: &[],
    addition: ("star", "star::Star(Star),"),
};
const LISTS: [List; 9] = [TERMS, STRATEGIES, LEARNERS, MATCHMAKERS, GAMES, FAMILIES, UPDATE_RULES, NORMS, GRAPHS];

/// What else names a rule, and why it may: a new rule has no place there.
const EXCEPTIONS: [(&str, &[&str], &str); 33] = [
    ("src/evolution/mutation.rs", &["Matrix"], "another thing: chances of mutating from type to type"),
    ("src/meta/sources.rs", &["Named"], "the game that strategies play where no source has another"),
    ("src/learning/reinforce.rs", &["Machine"], "another thing: the name of a journal"),
    ("src/scenario/check/graphs.rs", &["Neighbours"], "advice to those whose structure nothing depends on"),
    ("src/scenario/check/evolution/migration.rs", &["Islands"], "advice to those whose agents cannot move"),
    ("src/evolution/mod.rs", &["Payoff"], "another thing: what selection looks at"),
    ("src/cli/results.rs", &["Payoff"], "another thing: what selection looks at, on the command line"),
    ("src/scenario/format/population.rs", &["Payoff"], "populations are paid by the game unless they say otherwise"),
    ("src/scenario/check/idle.rs", &["Payoff"], "knows that default from what somebody chose"),
    ("src/evaluate/subject.rs", &["AlwaysCooperate", "AlwaysDefect", "TitForTat"], "the anchors of the evaluation"),
    ("src/policies/llm/partner.rs", &["Reinforce"], "what picks partners learns by it, whatever the learner"),
    (
        "src/commands/asking/explain/nearest_only.rs",
        &["MemoryOne"],
        "how one plays the names that are no strategies of their own",
    ),
    ("src/dynamics/process.rs", &["Fermi", "Moran"], "what the literature calls processes, beside their numbers"),
    ("src/commands/setup/new.rs", &["Named"], "the game that a person asks for by name"),
    ("src/scenario/text/yaml.rs", &["Named"], "the example of a message"),
    (
        "src/commands/asking/prompt.rs",
        &["AlwaysCooperate"],
        "stands in for players behind servers, which are not asked",
    ),
    ("src/commands/asking/explain/topics.rs", &["Named"], "another thing: how a scenario names a base model"),
    ("src/commands/asking/play/opponent.rs", &["Named"], "the game that is played where no scenario is named"),
    ("src/policies/tabular/q_learning.rs", &["Random"], "another thing: how Q-learners play in a row without values"),
    ("src/scenario/check/size.rs", &["RandomPairs"], "advice to those who ask for too much: fewer matches"),
    ("src/scenario/check/estimator.rs", &["FixedPairs"], "advice to those who meet whom they should not"),
    ("src/scenario/check/matchmaking.rs", &["SelfPlay"], "advice to those who have too few agents"),
    ("src/run/after_training.rs", &["SelfPlay"], "a model that plays with itself is read out, and needs nobody else"),
    ("src/scenario/check/idle.rs", &["RandomPairs"], "advice to those who learn from too little: more matches"),
    ("src/scenario/check/reputation.rs", &["SternJudging"], "advice to those who read reputations that nobody has"),
    ("src/scenario/format/model.rs", &["Random", "Named"], "another thing: a model with random weights"),
    ("src/scenario/check/mod.rs", &["Random", "Named"], "that model again, as the path of a value"),
    ("src/llm/reference/families/llama.rs", &["Llama"], "another thing: that model of candle-transformers"),
    ("src/llm/frozen/architectures/llama.rs", &["Llama"], "another thing: that model of candle-transformers"),
    ("src/policies/scripted/sources.rs", &["Extortion", "Adaptive"], "titles of works"),
    ("src/learning/kl.rs", &["Adaptive"], "another thing: how the weight of the KL term changes"),
    ("src/scenario/check/learner.rs", &["Adaptive"], "that weight again"),
    ("src/llm/files/tiny.rs", &["Llama"], "the built-in model is a plain decoder"),
];

/// Words around a name that say it is another thing, or the opposite that a term names in its own file.
const OTHERWISE_MEANT: [&str; 6] = [
    "ModelSpec::Named",
    "ModelSpec::Random",
    "EmptyRow::Random",
    "FitnessSpec::Payoff",
    "const OPPOSITE",
    "Llama 3.1's rule",
];

impl List {
    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(root().join(self.folder).join(file)).unwrap()
    }

    /// The entries, each as file and type.
    fn entries(&self) -> Vec<(String, String)> {
        let text = self.text(self.file);
        let inside = text.split_once(self.opening).expect("the list is there").1.split_once('}').unwrap().0;
        inside.lines().filter(|line| !line.trim().is_empty()).map(entry).collect()
    }
}

/// Reads an entry: `file::Type,` or `file::Type(Type),`, where `file` may be in a folder: `folder::file`.
fn entry(line: &str) -> (String, String) {
    let (file, rest) = line.trim().strip_suffix(',').and_then(|line| line.rsplit_once("::")).unwrap();
    let word = rest.split('(').next().unwrap();
    assert!(rest == word || rest == format!("{word}({word})"), "{line}");
    (file.to_owned(), word.to_owned())
}

/// The file of an entry, in the folder of its list.
fn source(file: &str) -> String {
    format!("{}.rs", file.replace("::", "/"))
}

/// The lines of code of a file of `src`, tests and comments left out.
fn code(path: &Path) -> Vec<String> {
    let is_tests = |part: &std::ffi::OsStr| part.to_string_lossy().trim_end_matches(".rs").ends_with("tests");
    if path.strip_prefix(root()).unwrap().iter().any(is_tests) {
        return Vec::new();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).map(str::to_owned).collect()
}

/// Whether `line` holds `word` as a word, or as the name of numbers: `Grpo`, `GrpoConfig`.
fn names(line: &str, word: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|found| found.strip_suffix("Config").unwrap_or(found) == word)
}

/// What the file with this `text` says of the rule `word`: the traits that it implements, and its public constants.
fn said(text: &str, word: &str) -> BTreeSet<String> {
    let of = |item: &syn::Item| match item {
        syn::Item::Const(item) => matches!(item.vis, syn::Visibility::Public(_)).then(|| item.ident.to_string()),
        syn::Item::Impl(item) => {
            let syn::Type::Path(own) = &*item.self_ty else { return None };
            let (_, path, _) = item.trait_.as_ref()?;
            own.path.is_ident(word).then(|| path.segments.last().unwrap().ident.to_string())
        }
        _ => None,
    };
    syn::parse_file(text).unwrap().items.iter().filter_map(of).collect()
}

#[test]
fn a_rule_is_named_in_its_file_and_in_one_line_of_the_list() {
    let sources: Vec<_> = files(&root().join("src"), "rs").into_iter().map(|path| (code(&path), path)).collect();
    let mut excused = BTreeSet::new();
    for list in LISTS {
        let entries = list.entries();
        assert!(entries.len() >= 2, "{entries:?}");
        for (file, _) in list.besides {
            let lines = code(&root().join(file));
            assert!(lines.iter().any(|line| names(line, &entries[0].1)), "{file} no longer names what is listed");
        }
        for (file, word) in &entries {
            let own = root().join(list.folder).join(source(file));
            let mut found = Vec::new();
            let elsewhere = |path: &Path| path != own && !list.besides.iter().any(|(file, _)| path.ends_with(file));
            for (lines, path) in sources.iter().filter(|(_, path)| elsewhere(path)) {
                let shown = path.strip_prefix(root()).unwrap().to_string_lossy();
                let meant = |line: &&String| !OTHERWISE_MEANT.iter().any(|other| line.contains(other));
                let named = lines.iter().filter(|line| names(line, word)).filter(meant);
                let exception = |(file, words, _): &&(&str, &[&str], &str)| *file == shown && words.contains(&&**word);
                match EXCEPTIONS.iter().find(exception) {
                    Some((file, ..)) if named.clone().next().is_some() => _ = excused.insert((*file, word.clone())),
                    _ => found.extend(named.map(|line| format!("{shown}: {}", line.trim()))),
                }
            }
            assert_eq!(found.len(), 1, "{word} is named by {found:#?}");
            assert!(found[0].starts_with(&format!("{}/{}: {file}::{word}", list.folder, list.file)), "{}", found[0]);
        }
    }
    let stated: usize = EXCEPTIONS.iter().map(|(_, words, _)| words.len()).sum();
    assert_eq!(excused.len(), stated, "an exception is no longer needed: {excused:?}");
}

#[test]
fn what_a_new_rule_adds_is_what_every_rule_has() {
    for list in LISTS {
        let (file, line) = list.addition;
        let text = std::fs::read_to_string(root().join(format!("tests/additions/{file}.rs"))).unwrap();
        let (named, word) = entry(line);
        assert_eq!(named.rsplit("::").next(), Some(file), "the entry names the file");
        let entries = list.entries();
        assert!(!entries.contains(&(named, word.clone())), "{word} is there already");
        let each = entries.iter().map(|(file, word)| said(&list.text(&source(file)), word));
        let needed = each.reduce(|all, own| &all & &own).unwrap();
        let given = said(&text, &word);
        assert!(!needed.is_empty() && needed.is_subset(&given), "{word} has {given:?}, each has {needed:?}");
    }
}

#[test]
fn the_file_of_a_rule_is_known_to_the_list_alone() {
    for list in LISTS {
        let files: BTreeSet<String> = list.entries().into_iter().map(|(file, _)| file).collect();
        for file in files {
            let (folder, name) = file.rsplit_once("::").unwrap_or(("", &file));
            let declared = format!("pub mod {name};");
            let face = list.text(format!("{folder}/mod.rs").trim_start_matches('/'));
            assert_eq!(face.lines().filter(|line| *line == declared).count(), 1, "{declared}");
            for text in [face, list.text("mod.rs")] {
                let known =
                    text.lines().filter(|line| names(line, name) && !line.starts_with("//") && *line != declared);
                let is_entry = |line: &str| line.starts_with("    ") && entry(line).0.rsplit("::").next() == Some(name);
                assert!(known.clone().all(is_entry), "{file}");
            }
            let own = code(&root().join(list.folder).join(source(&file)));
            let back = own.iter().find(|line| list.written.iter().any(|word| names(line, word)));
            assert_eq!(back, None, "{file} imports the list, which imports it");
        }
    }
}
