//! The layers of the crate: which folder may import which, and that none import each other in a circle.
//!
//! The modules of `src` are walked from `lib.rs` as the compiler walks them, tests left out. Every path that starts with
//! `crate` or `super` counts, whether it stands in a `use`, in an expression, a type or a macro's arguments.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::Visit;

/// A word for the libraries that make the world go round.
const BEVY: &str = "bevy";

/// What each folder or file of `src` may import. Those further down may know those further up, never the other way round.
const MAY_IMPORT: [(&str, &[&str]); 24] = [
    ("text", &[]),
    ("files", &[]),
    ("host", &[]),
    ("crash", &["files"]),
    ("rng", &[]),
    ("games", &["text"]),
    ("learning", &["rng"]),
    ("llm", &["files", "rng", "text"]),
    ("report", &["files", "text"]),
    ("compare", &["files", "text"]),
    ("world", &["games", "rng", BEVY]),
    ("morals", &["games", "world", BEVY]),
    ("matchmaking", &["games", "rng", "world", BEVY]),
    ("play", &["games", "rng", "world", BEVY]),
    ("metrics", &["games", "world", BEVY]),
    ("policies", &["games", "learning", "llm", "play", "rng", "text", "world", BEVY]),
    (
        "scenario",
        &[
            "files",
            "games",
            "host",
            "learning",
            "llm",
            "matchmaking",
            "morals",
            "play",
            "policies",
            "rng",
            "text",
            "world",
            BEVY,
        ],
    ),
    ("plugins", &["matchmaking", "metrics", "morals", "play", "policies", "world", BEVY]),
    (
        "run",
        &[
            "crash", "files", "games", "host", "learning", "llm", "metrics", "plugins", "policies", "scenario", "text",
            "world", BEVY,
        ],
    ),
    (
        "evaluate",
        &[
            "files", "games", "learning", "llm", "metrics", "play", "policies", "rng", "run", "scenario", "text",
            "world", BEVY,
        ],
    ),
    ("cli", &["evaluate", "host", "llm", "run"]),
    (
        "commands",
        &[
            "cli", "compare", "crash", "evaluate", "files", "games", "host", "llm", "metrics", "morals", "policies", "report",
            "run", "scenario", "text", "world",
        ],
    ),
    ("lib", &[]),
    ("main", &[]),
];

/// Which folder imports which, with a file as the proof.
type Imports = BTreeMap<(String, String), PathBuf>;

#[test]
fn every_folder_imports_only_what_lies_below_it() {
    let imports = imports(&root().join("src"));
    let problems = violations(&imports);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // The walk sees what is known to be there.
    let key = |from: &str, to: &str| (from.to_string(), to.to_string());
    for (from, to) in [("run", "scenario"), ("play", "world"), ("play", BEVY), ("llm", "rng"), ("commands", "cli")] {
        assert!(imports.contains_key(&key(from, to)), "{from} imports {to}, and the walk does not see it");
    }
}

#[test]
fn no_folders_import_each_other_in_a_circle() {
    let imports = imports(&root().join("src"));
    assert_eq!(circle(&imports), None);
}

#[test]
fn a_planted_import_is_found_wherever_it_stands() {
    let planted = [
        "use crate::world::Clock;",
        "use crate::{text::nearest, world::{Clock, Roster}};",
        "use super::world as below;",
        "fn f() { let clock = crate::world::Clock::default(); }",
        "fn f() -> Option<crate::world::Clock> { None }",
        "fn f() { assert!(matches!(1, crate::world::ONE)); }",
        "#[cfg(test)]\nmod tests;\nuse crate::world::Clock;",
        "mod inner { use super::super::world::Clock; }",
    ];
    for text in planted {
        let found = found_in("games", text);
        assert!(found.contains("world"), "{text}: {found:?}");
        let imports = Imports::from([(("games".into(), "world".into()), PathBuf::from("planted.rs"))]);
        assert_eq!(violations(&imports).len(), 1);
    }
    assert!(found_in("games", "use bevy_ecs::prelude::*;").contains(BEVY));
    for condition in ["test", "all(test, unix)"] {
        let text = format!("#[cfg({condition})]\nmod tests {{ use crate::world::Clock; }}");
        assert!(found_in("games", &text).is_empty(), "tests may look up: {text}");
    }
    let nobody = Imports::from([(("attic".into(), "text".into()), PathBuf::from("attic.rs"))]);
    assert!(violations(&nobody)[0].contains("no rule"));
}

#[test]
fn a_planted_circle_is_found() {
    let edge = |from: &str, to: &str| ((from.to_string(), to.to_string()), PathBuf::from("planted.rs"));
    let straight = Imports::from([edge("a", "b"), edge("b", "c"), edge("a", "c")]);
    assert_eq!(circle(&straight), None);
    let round = Imports::from([edge("a", "b"), edge("b", "c"), edge("c", "a")]);
    assert_eq!(circle(&round), Some(vec!["a".into(), "b".into(), "c".into()]));
}

/// What one file of `folder` with this text imports from other folders.
fn found_in(folder: &str, text: &str) -> BTreeSet<String> {
    let mut paths = Paths::new(vec![folder.to_string()]);
    paths.visit_file(&syn::parse_file(text).unwrap());
    paths.found
}

/// Every import that the table does not allow, as a sentence.
fn violations(imports: &Imports) -> Vec<String> {
    let rules: BTreeMap<&str, &[&str]> = MAY_IMPORT.into_iter().collect();
    let judge = |((from, to), file): (&(String, String), &PathBuf)| match rules.get(from.as_str()) {
        None => Some(format!("{from} has no rule in MAY_IMPORT")),
        // The crate's own door: it names the modules and hands the command line on.
        Some(_) if from == "lib" || from == "main" => None,
        Some(allowed) if allowed.contains(&to.as_str()) => None,
        Some(_) => Some(format!("{} imports {to}, which {from} may not know", file.display())),
    };
    imports.iter().filter_map(judge).collect()
}

/// Folders that can only be reached from each other, if there are any.
fn circle(imports: &Imports) -> Option<Vec<String>> {
    let mut left: BTreeSet<&String> = imports.keys().flat_map(|(from, to)| [from, to]).collect();
    loop {
        let is_free =
            |name: &&String| !imports.keys().any(|(from, to)| from.as_str() == name.as_str() && left.contains(to));
        let free: Vec<_> = left.iter().copied().filter(|name| is_free(name)).collect();
        if free.is_empty() {
            break;
        }
        left.retain(|name| !free.contains(name));
    }
    (!left.is_empty()).then(|| left.into_iter().cloned().collect())
}

/// The imports between the folders below `src`.
fn imports(src: &Path) -> Imports {
    let mut imports = Imports::new();
    for entry in ["lib.rs", "main.rs"] {
        walk(&src.join(entry), &[], &mut imports);
    }
    imports
}

/// Reads the module in `file`, which is the module `path` of the crate, and those that it declares.
fn walk(file: &Path, path: &[String], imports: &mut Imports) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parsed = syn::parse_file(&text).unwrap();
    let stem = file.file_stem().unwrap().to_str().unwrap().to_string();
    let from = path.first().cloned().unwrap_or_else(|| stem.clone());
    let mut paths = Paths::new(path.to_vec());
    paths.visit_file(&parsed);
    for to in paths.found {
        imports.entry((from.clone(), to)).or_insert_with(|| file.to_path_buf());
    }
    let folder = match stem.as_str() {
        "lib" | "main" | "mod" => file.parent().unwrap().to_path_buf(),
        stem => file.parent().unwrap().join(stem),
    };
    for name in paths.declared {
        let places = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
        let place =
            places.iter().find(|place| place.exists()).unwrap_or_else(|| panic!("{name} of {}", file.display()));
        walk(place, &[path, &[name]].concat(), imports);
    }
}

/// Gathers what a module imports from other folders of the crate, and the modules it declares in files of their own.
struct Paths {
    /// Where the code stands in the crate: folder first.
    module: Vec<String>,
    found: BTreeSet<String>,
    declared: Vec<String>,
}

impl Paths {
    fn new(module: Vec<String>) -> Self {
        Self { module, found: BTreeSet::new(), declared: Vec::new() }
    }

    /// Takes a path by its words.
    fn take(&mut self, words: &[String]) {
        let Some(first) = words.first() else { return };
        if first == "bevy_ecs" || first == "bevy_app" {
            self.found.insert(BEVY.to_string());
        }
        let ups = words.iter().take_while(|word| *word == "super").count();
        let absolute: Vec<&String> = match first.as_str() {
            "crate" | "agora" => words[1..].iter().collect(),
            "super" => {
                let kept = self.module.len().saturating_sub(ups);
                self.module[..kept].iter().chain(&words[ups..]).collect()
            }
            _ => return,
        };
        // `crate::Error` would be an item of the root, not a folder.
        if let Some(to) = absolute.first().filter(|to| to.starts_with(char::is_lowercase))
            && self.module.first() != Some(*to)
        {
            self.found.insert((*to).clone());
        }
    }

    fn take_tree(&mut self, before: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.take_tree(before, &path.tree);
                before.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_tree(before, tree);
                }
            }
            syn::UseTree::Name(syn::UseName { ident, .. }) | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                before.push(ident.to_string());
                self.take(before);
                before.pop();
            }
            syn::UseTree::Glob(_) => self.take(before),
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        let condition = list.tokens.to_string().replace(char::is_whitespace, "");
        list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
    })
}

impl Visit<'_> for Paths {
    fn visit_item(&mut self, item: &syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        let name = item.ident.to_string();
        if item.content.is_none() {
            self.declared.push(name);
        } else {
            self.module.push(name);
            syn::visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.take_tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.take(&words);
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &syn::Macro) {
        self.visit_path(&item.path);
        // What a macro makes of its arguments is its own affair; a path among them is still a path.
        let text = item.tokens.to_string().replace(char::is_whitespace, "");
        for start in ["crate::", "super::"] {
            for (place, _) in text.match_indices(start) {
                let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let path: String = text[place..].chars().take_while(|&c| word(c)).collect();
                self.take(&path.split("::").map(String::from).collect::<Vec<_>>());
            }
        }
    }
}
