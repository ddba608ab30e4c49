//! The layers of the crate: which folder may import which, and that neither folders nor files import each other in a
//! circle.
//!
//! The modules of `src` are walked from `lib.rs` as the compiler walks them, tests left out. Every path that starts
//! with `crate` or `super` counts, whether it is in a `use`, in an expression, a type or a macro's arguments. A file
//! imports the file where the item is defined: a `pub use` on the way is a signpost, and imports nothing itself.

use crate::imports::{Module, Modules, Words, modules};
use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A word for the libraries that make the world go round.
const BEVY: &str = "bevy";

/// What each folder or file of `src` may import, according to the table in ARCHITECTURE.md.
fn may_import() -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, table) = text.split_once("| folder or file | may import |").expect("the table of imports");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let allowed = cells[2].split(", ").filter(|name| *name != "nothing").map(String::from);
        (cells[1].trim_matches('`').to_owned(), allowed.collect())
    };
    rows.map(row).collect()
}

/// Which folder imports which, with a file as proof.
type Imports = BTreeMap<(String, String), PathBuf>;

#[test]
fn every_folder_imports_only_what_lies_below_it() {
    let imports = between_folders(&modules(&root().join("src")));
    let problems = violations(&imports);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // The walk sees what is known to be there.
    let key = |from: &str, to: &str| (from.to_string(), to.to_string());
    for (from, to) in [("run", "scenario"), ("play", "world"), ("play", BEVY), ("llm", "rng"), ("commands", "cli")] {
        assert!(imports.contains_key(&key(from, to)), "{from} imports {to}, and the walk does not see it");
    }
}

#[test]
fn no_folders_and_no_files_import_each_other_in_a_circle() {
    let modules = modules(&root().join("src"));
    let folders: BTreeSet<_> = between_folders(&modules).into_keys().collect();
    assert_eq!(circles(&folders), Vec::<Vec<String>>::new());
    let files = between_files(&modules);
    assert!(files.len() > 500, "the walk sees {} imports between files", files.len());
    let found: Vec<String> = circles(&files).iter().map(|circle| circle.join(", ")).collect();
    assert!(found.is_empty(), "files that import each other in a circle:\n{}", found.join("\n"));
}

#[test]
fn a_planted_import_is_found_wherever_it_stands() {
    let planted = [
        "use crate::world::Clock;",
        "use crate::{text::nearest, world::{Clock, Roster}};",
        "use super::world as below;",
        "pub use crate::world::Clock;",
        "fn f() { let clock = crate::world::Clock::default(); }",
        "fn f() -> Option<crate::world::Clock> { None }",
        "fn f() { assert!(matches!(1, crate::world::ONE)); }",
        "#[cfg(test)]\nmod tests;\nuse crate::world::Clock;",
        "mod inner { use super::super::world::Clock; }",
    ];
    let found_in = |text: &str| {
        let module = Module::read(&["games".to_string()], "games.rs".into(), text);
        between_folders(&Modules::from([(vec!["games".to_string()], module)]))
    };
    for text in planted {
        let imports = found_in(text);
        assert!(imports.contains_key(&("games".into(), "world".into())), "{text}: {imports:?}");
        assert!(violations(&imports).iter().any(|problem| problem.contains("world")));
    }
    assert!(found_in("use bevy_ecs::prelude::*;").contains_key(&("games".into(), BEVY.into())));
    for condition in ["test", "all(test, unix)"] {
        let text = format!("#[cfg({condition})]\nmod tests {{ use crate::world::Clock; }}");
        assert!(found_in(&text).is_empty(), "tests may look up: {text}");
    }
    let nobody = Imports::from([(("attic".into(), "text".into()), PathBuf::from("attic.rs"))]);
    assert!(violations(&nobody)[0].contains("no row"));
}

#[test]
fn a_planted_circle_is_found() {
    let edge = |(from, to): (&str, &str)| (from.to_string(), to.to_string());
    let straight = BTreeSet::from([("a", "b"), ("b", "c"), ("a", "c")].map(edge));
    assert!(circles(&straight).is_empty());
    let round = BTreeSet::from([("top", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "below")].map(edge));
    assert_eq!(circles(&round), [["a", "b", "c"]]);
}

/// The face of a folder re-exports what one of its files defines: importing it through the face imports that file.
#[test]
fn a_planted_circle_of_files_is_found_behind_the_face_of_a_folder() {
    let planted = |face: &str, one: &str| {
        let texts = [("house", face), ("house::one", one), ("house::two", "use super::one::One;\npub struct Two;")];
        let modules = texts.map(|(path, text)| {
            let path: Words = path.split("::").map(String::from).collect();
            let module = Module::read(&path, format!("{}.rs", path.join("/")).into(), text);
            (path, module)
        });
        circles(&between_files(&Modules::from(modules)))
    };
    let face = "mod one;\nmod two;\npub use two::Two;";
    assert!(planted(face, "pub struct One;").is_empty());
    assert_eq!(planted(face, "use super::Two;"), [["house/one.rs", "house/two.rs"]]);
    let working = "mod one;\nmod two;\npub struct Own;\nfn f() { one::f() }";
    assert_eq!(planted(working, "use super::Own;"), [["house.rs", "house/one.rs"]]);
}

/// Every import that the table does not allow, as a sentence.
fn violations(imports: &Imports) -> Vec<String> {
    let rules = may_import();
    let judge = |((from, to), file): (&(String, String), &PathBuf)| match rules.get(from) {
        // The crate's own door: it names the modules and hands the command line on.
        _ if from == "lib" || from == "main" => None,
        None => Some(format!("{from} has no row in the table of ARCHITECTURE.md")),
        Some(allowed) if allowed.contains(to) => None,
        Some(_) => Some(format!("{} imports {to}, which {from} may not know", file.display())),
    };
    imports.iter().filter_map(judge).collect()
}

/// Groups in which each member can be reached from every other.
fn circles(edges: &BTreeSet<(String, String)>) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().push(to);
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|&from| (from, reached(from, &next))).collect();
    let is_back = |from: &str, to: &str| reach.get(to).is_some_and(|back| back.contains(from));
    let around = |from: &&str| reach[*from].iter().filter(|to| is_back(from, to)).map(|to| to.to_string()).collect();
    let groups: BTreeSet<Vec<String>> = reach.keys().map(around).collect();
    groups.into_iter().filter(|group| !group.is_empty()).collect()
}

/// Everything that can be reached from `from`.
fn reached<'a>(from: &'a str, next: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        open.extend(next.get(at).into_iter().flatten().filter(|&&to| found.insert(to)));
    }
    found
}

/// The imports between the folders and single files below `src`.
fn between_folders(modules: &Modules) -> Imports {
    let mut imports = Imports::new();
    for (path, module) in modules {
        let from = path.first().map_or("lib", String::as_str);
        let named = module.named.iter().chain(&module.shown).filter_map(|words| words.first());
        // `crate::Error` would be an item of the root, not a folder.
        let folders = named.filter(|to| to.starts_with(char::is_lowercase) && *to != from).map(String::as_str);
        for to in folders.chain(module.knows_bevy.then_some(BEVY)) {
            imports.entry((from.to_string(), to.to_string())).or_insert_with(|| module.file.clone());
        }
    }
    imports
}

/// The imports between files.
fn between_files(modules: &Modules) -> BTreeSet<(String, String)> {
    let mut imports = BTreeSet::new();
    for (path, module) in modules {
        // What a face re-exports from its own folder, it imports for others; what it re-exports from elsewhere, it
        // imports itself.
        let elsewhere = module.shown.iter().filter(|words| !words.starts_with(path));
        for words in module.named.iter().chain(elsewhere) {
            let file = &modules[&home(modules, words)].file;
            if *file != module.file {
                imports.insert((module.file.display().to_string(), file.display().to_string()));
            }
        }
    }
    imports
}

/// The module that defines the item whose apparent place is `words`.
fn home(modules: &Modules, words: &[String]) -> Words {
    let inside = (0..=words.len()).rev().find(|&len| modules.contains_key(&words[..len])).unwrap_or(0);
    let (path, rest) = words.split_at(inside);
    let known = rest.first().zip(modules.get(path)).and_then(|(name, module)| module.known.get(name));
    match known {
        Some(there) => home(modules, &[there, &rest[1..]].concat()),
        None => path.to_vec(),
    }
}
