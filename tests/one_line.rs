//! A reward term, a strategy, a learner, a matchmaker or a kind of game is a file of its own and one entry of a list. Besides, Rust wants a `mod`
//! line for the file.
//!
//! Nothing is compiled here: the code of `src` is searched for the names of all that is listed. Tests, comments,
//! documents and scenarios may name what they like.

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
    /// What the list is made into. No rule names it, so that the list may name the rules.
    written: &'static [&'static str],
    /// What one adds for a new rule: the name of its file and what stands in it, and an entry.
    addition: Option<(&'static str, &'static str, &'static str)>,
}

const TERMS: List = List {
    folder: "src/morals",
    file: "mod.rs",
    opening: "list::terms! {",
    written: &["TermSpec", "TermsPlugin", "EXPLANATIONS"],
    addition: Some(("envy", ENVY, "envy::Envy(Envy),")),
};
const STRATEGIES: List = List {
    folder: "src/policies/scripted",
    file: "mod.rs",
    opening: "list::strategies! {",
    written: &["StrategySpec", "STRATEGIES"],
    addition: Some(("bully", BULLY, "bully::Bully,")),
};
const LEARNERS: List = List {
    folder: "src/learning",
    file: "any.rs",
    opening: "\nlearners! {",
    written: &["LearnerSpec"],
    addition: None,
};
const MATCHMAKERS: List = List {
    folder: "src/matchmaking",
    file: "mod.rs",
    opening: "list::matchmakers! {",
    written: &["MatchmakingSpec", "MATCHMAKERS"],
    addition: Some(("ring", RING, "ring::Ring(Ring),")),
};
const GAMES: List = List {
    folder: "src/games",
    file: "mod.rs",
    opening: "kind::kinds! {",
    written: &["GameSpec"],
    addition: Some(("travellers", TRAVELLERS, "travellers::Travellers,")),
};
const LISTS: [List; 5] = [TERMS, STRATEGIES, LEARNERS, MATCHMAKERS, GAMES];

/// A reward term that is not there yet, with a number.
const ENVY: &str = r#"//! The disadvantageous half of inequity aversion.

use super::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default aversion.
const ALPHA: f64 = 1.0;

/// Pays minus `alpha` times how much more the co-players got, on average.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Envy {
    /// Reward lost per unit of payoff that a co-player has more.
    pub alpha: f64,
}

impl Default for Envy {
    fn default() -> Self {
        Self { alpha: ALPHA }
    }
}

impl MoralTerm for Envy {
    const NAME: &'static str = "envy";

    fn reward(&self, round: &RoundView) -> f64 {
        let excess: f64 = round.payoffs.iter().map(|other| (other - round.own_payoff()).max(0.0)).sum();
        0.0 - self.alpha * excess / (round.payoffs.len() - 1) as f64
    }
}

impl ListedTerm for Envy {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "-alpha * mean of max(R_O - R_M, 0)",
        meaning: "A loss for having got less than others.",
        source: "Fehr & Schmidt 1999, A theory of fairness, competition, and cooperation, Q. J. Economics 114",
        parameters: &[Parameter { name: "alpha", default: ALPHA, meaning: "loss per unit of payoff" }],
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("alpha", self.alpha)]
    }
}
"#;

/// A strategy that is not there yet, without numbers.
const BULLY: &str = r#"//! Bully: tit for tat turned around.

use super::{Explanation, ListedStrategy, MemoryOneRule, Recall};

/// Defects first, then does what the opponent did not do.
#[derive(Clone, Copy, Debug)]
pub struct Bully;

impl MemoryOneRule for Bully {
    const NAME: &'static str = "bully";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 0.0,
            Recall::Last { others: false, .. } => 1.0,
        }
    }
}

impl ListedStrategy for Bully {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects first, then does what the opponent did not do.",
        parameters: "",
        source: "Nachbar 1992, Evolution in the finitely repeated prisoner's dilemma, J. Econ. Behav. Organ. 19",
    };
}
"#;

/// A matchmaker that is not there yet, with a field.
const RING: &str = r#"//! A ring: every agent meets its neighbours.

use super::{Explanation, ListedMatchmaker};
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every agent with its next neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Ring {
    /// Neighbours on one side.
    pub distance: u32,
}

impl Matchmaker for Ring {
    fn pair(&self, people: &People, _: usize, _: &mut Stream) -> Vec<AgentId> {
        let (all, n) = (people.all(), people.all().len());
        let neighbours = |i: usize| (1..=self.distance as usize).flat_map(move |step| [all[i], all[(i + step) % n]]);
        (0..n).flat_map(neighbours).collect()
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        sizes.agents().saturating_mul(self.distance.into())
    }

    fn summary(&self) -> String {
        format!("a ring, {} neighbours on either side", self.distance)
    }
}

impl ListedMatchmaker for Ring {
    const EXPLANATION: Explanation = Explanation {
        name: "ring",
        meaning: "Every agent meets its next neighbours in a ring.",
        source: "Nowak & May 1992, Evolutionary games and spatial chaos, Nature 359",
    };

    const SEATS_TWO: Option<&'static str> = Some("neighbours");
}
"#;

/// A kind of game that is not there yet.
const TRAVELLERS: &str = r#"//! The traveller's dilemma (Basu 1994).

use super::kind::{Intact, ListedKind};
use super::{Action, Game};
use crate::fault::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Two travellers claim a sum; both are paid the lower claim, plus or minus a bonus for who claimed less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Travellers {
    /// The sums that may be claimed, the highest first.
    pub claims: Vec<u32>,
    /// What is taken from the higher claim and given to the lower.
    pub bonus: f64,
}

impl ListedKind for Travellers {
    const MEANING: &'static str = "Two travellers claim a sum, and the lower claim is paid.";

    fn faults(&self, _: Intact) -> Vec<Fault> {
        match self.claims.len() {
            2..=255 => Vec::new(),
            n => vec![Fault::new(".claims", format!("{n} claims"), "expected 2 to 255")],
        }
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let actions = self.claims.iter().map(u32::to_string).collect();
        Ok(Arc::new(Played { written: self.clone(), actions }))
    }
}

#[derive(Debug)]
struct Played {
    written: Travellers,
    actions: Vec<String>,
}

impl Game for Played {
    fn name(&self) -> &str {
        "travellers"
    }

    fn seats(&self) -> usize {
        2
    }

    fn actions(&self) -> &[String] {
        &self.actions
    }

    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]) {
        let claims = [joint[0], joint[1]].map(|action| f64::from(self.written.claims[usize::from(action)]));
        for seat in 0..2 {
            let (own, other) = (claims[seat], claims[1 - seat]);
            payoffs[seat] = own.min(other) + self.written.bonus * (other - own).signum() * f64::from(u8::from(own != other));
        }
    }

    fn symmetric(&self) -> bool {
        true
    }
}
"#;

/// What else names a rule, and why it may: a new rule has no place there.
const EXCEPTIONS: [(&str, &[&str], &str); 8] = [
    ("src/scenario/format/population.rs", &["Payoff"], "populations are paid by the game unless they say otherwise"),
    ("src/scenario/check/idle.rs", &["Payoff"], "knows that default from what somebody chose"),
    ("src/evaluate/subject.rs", &["AlwaysCooperate", "AlwaysDefect", "TitForTat"], "the anchors of the evaluation"),
    ("src/policies/llm/partner.rs", &["Reinforce"], "what picks partners learns by it, whatever the learner"),
    ("src/commands/explain.rs", &["MemoryOne"], "how one plays the names that are no strategies of their own"),
    ("src/policies/tabular/q_learning.rs", &["Random"], "another thing: how Q-learners play in a row without values"),
    ("src/scenario/format/model.rs", &["Random"], "another thing: a model with random weights"),
    ("src/scenario/check/mod.rs", &["Random"], "that model again, as the path of a value"),
];

/// Words before a name that say it is another thing, or the opposite that a term names in its own file.
const OTHERWISE_MEANT: [&str; 3] = ["ModelSpec::Random", "EmptyRow::Random", "const OPPOSITE"];

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

/// Reads an entry: `file::Type,` or `file::Type(Type),`.
fn entry(line: &str) -> (String, String) {
    let (file, rest) = line.trim().strip_suffix(',').and_then(|line| line.split_once("::")).unwrap();
    let word = rest.split('(').next().unwrap();
    assert!(rest == word || rest == format!("{word}({word})"), "{line}");
    (file.to_owned(), word.to_owned())
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

/// The traits that the file `text` implements for the type `word`.
fn traits(text: &str, word: &str) -> BTreeSet<String> {
    let of = |item: &syn::Item| {
        let syn::Item::Impl(item) = item else { return None };
        let syn::Type::Path(own) = &*item.self_ty else { return None };
        let (_, path, _) = item.trait_.as_ref()?;
        own.path.is_ident(word).then(|| path.segments.last().unwrap().ident.to_string())
    };
    syn::parse_file(text).unwrap().items.iter().filter_map(of).collect()
}

#[test]
fn a_rule_is_named_in_its_file_and_in_one_line_of_the_list() {
    let sources: Vec<_> = files(&root().join("src"), "rs").into_iter().map(|path| (code(&path), path)).collect();
    let mut excused = BTreeSet::new();
    for list in LISTS {
        let entries = list.entries();
        assert!(entries.len() >= 4, "{entries:?}");
        for (file, word) in &entries {
            let own = root().join(list.folder).join(format!("{file}.rs"));
            let mut found = Vec::new();
            for (lines, path) in sources.iter().filter(|(_, path)| *path != own) {
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
        let Some((file, text, line)) = list.addition else { continue };
        let (named, word) = entry(line);
        assert_eq!(named, file, "the entry names the file");
        let entries = list.entries();
        assert!(!entries.contains(&(named, word.clone())), "{word} is there already");
        let each = entries.iter().map(|(file, word)| traits(&list.text(&format!("{file}.rs")), word));
        let needed = each.reduce(|all, own| &all & &own).unwrap();
        let given = traits(text, &word);
        assert!(!needed.is_empty() && needed.is_subset(&given), "{word} implements {given:?}, each has {needed:?}");
    }
}

#[test]
fn the_file_of_a_rule_is_known_to_the_list_alone() {
    for list in LISTS {
        let files: BTreeSet<String> = list.entries().into_iter().map(|(file, _)| file).collect();
        for file in files {
            let declared = format!("pub mod {file};");
            let text = list.text("mod.rs");
            assert_eq!(text.lines().filter(|line| *line == declared).count(), 1, "{declared}");
            let known = text.lines().filter(|line| names(line, &file) && !line.starts_with("//") && *line != declared);
            assert!(known.clone().all(|line| line.starts_with("    ") && entry(line).0 == file), "{file}");
            let own = code(&root().join(list.folder).join(format!("{file}.rs")));
            let back = own.iter().find(|line| list.written.iter().any(|word| names(line, word)));
            assert_eq!(back, None, "{file} imports the list, which imports it");
        }
    }
}
