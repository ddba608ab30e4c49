//! What every module of the crate names, declares and re-exports, read from its text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::Visit;

/// The place of an item in the crate: folder, module, name.
pub(crate) type Words = Vec<String>;

/// The modules in files of their own, by their path in the crate.
pub(crate) type Modules = BTreeMap<Words, Module>;

/// A module in a file of its own.
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    /// Modules it declares in files of their own.
    declared: Vec<String>,
    /// The items it names, by their apparent place.
    pub(crate) named: BTreeSet<Words>,
    /// The items it re-exports, by their apparent place.
    pub(crate) shown: BTreeSet<Words>,
    /// The names it introduces, each with its apparent place: modules inside it may use these names.
    pub(crate) known: BTreeMap<String, Words>,
    pub(crate) knows_bevy: bool,
}

impl Module {
    /// Reads the text of the module `path`.
    pub(crate) fn read(path: &[String], file: PathBuf, text: &str) -> Self {
        let mut reader = Reader { module: path.to_vec(), ..Reader::default() };
        reader.visit_file(&syn::parse_file(text).unwrap());
        for (is_shown, _, words) in reader.used.clone() {
            if !is_shown {
                reader.take(&words);
            }
        }
        let inside =
            |words: &Words| (words.len() > 1 && reader.declared.contains(&words[0])).then(|| [path, words].concat());
        let (mut shown, mut known) = (BTreeSet::new(), BTreeMap::new());
        for (is_shown, name, words) in &reader.used {
            if let Some(there) = reader.absolute(words).or_else(|| inside(words)) {
                shown.extend(is_shown.then(|| there.clone()));
                known.insert(name.clone(), there);
            }
        }
        let own: Vec<Words> = reader.relative.iter().filter_map(inside).collect();
        let Reader { declared, mut named, knows_bevy, .. } = reader;
        named.extend(own);
        Self { file, declared, named, shown, known, knows_bevy }
    }
}

/// All modules of the crate in `src`.
pub(crate) fn modules(src: &Path) -> Modules {
    let mut modules = Modules::new();
    walk(&src.join("lib.rs"), &[], &mut modules);
    walk(&src.join("main.rs"), &["main".to_string()], &mut modules);
    modules
}

/// Reads the module `path` in `file`, and the modules that it declares.
fn walk(file: &Path, path: &[String], modules: &mut Modules) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let module = Module::read(path, file.to_path_buf(), &text);
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let folder = match stem {
        "lib" | "main" | "mod" => file.parent().unwrap().to_path_buf(),
        stem => file.parent().unwrap().join(stem),
    };
    for name in &module.declared {
        let places = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
        let place =
            places.iter().find(|place| place.exists()).unwrap_or_else(|| panic!("{name} of {}", file.display()));
        walk(place, &[path, std::slice::from_ref(name)].concat(), modules);
    }
    modules.insert(path.to_vec(), module);
}

/// Gathers what a module names and re-exports, and the modules it declares in files of their own.
#[derive(Default)]
struct Reader {
    /// The place of the code in the crate, folder first.
    module: Words,
    declared: Vec<String>,
    named: BTreeSet<Words>,
    knows_bevy: bool,
    /// Paths that start here: into a module declared here, a library, or an item in scope.
    relative: Vec<Words>,
    /// Every leaf of a `use`: whether it is re-exported, its name here, its path.
    used: Vec<(bool, String, Words)>,
}

impl Reader {
    /// The place in the crate that a path starting with `crate`, `super` or `self` leads to.
    fn absolute(&self, words: &[String]) -> Option<Words> {
        let ups = words.iter().take_while(|word| *word == "super").count();
        match words.first()?.as_str() {
            "crate" | "agora" => Some(words[1..].to_vec()),
            "self" => Some([&self.module, &words[1..]].concat()),
            "super" => Some([&self.module[..self.module.len().saturating_sub(ups)], &words[ups..]].concat()),
            _ => None,
        }
    }

    /// Records a path, given as its words.
    fn take(&mut self, words: &[String]) {
        let Some(first) = words.first() else { return };
        self.knows_bevy |= first == "bevy_ecs" || first == "bevy_app";
        match self.absolute(words) {
            Some(words) => _ = self.named.insert(words),
            None => self.relative.push(words.to_vec()),
        }
    }

    /// The leaves of a `use`: each path, and its name here.
    fn leaves(before: &mut Words, tree: &syn::UseTree, leaves: &mut Vec<(Words, String)>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                Self::leaves(before, &path.tree, leaves);
                before.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    Self::leaves(before, tree, leaves);
                }
            }
            syn::UseTree::Name(name) => {
                let ident = name.ident.to_string();
                // `a::{self}` names `a`.
                let path = if ident == "self" { before.clone() } else { [before.as_slice(), &[ident]].concat() };
                let name = path.last().cloned().unwrap_or_default();
                leaves.push((path, name));
            }
            syn::UseTree::Rename(rename) => {
                let path = [before.as_slice(), &[rename.ident.to_string()]].concat();
                leaves.push((path, rename.rename.to_string()));
            }
            syn::UseTree::Glob(_) => leaves.push((before.clone(), "*".to_string())),
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

impl Visit<'_> for Reader {
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
        let mut leaves = Vec::new();
        Self::leaves(&mut Vec::new(), &item.tree, &mut leaves);
        for (words, name) in leaves {
            self.used.push((!matches!(item.vis, syn::Visibility::Inherited), name, words));
        }
    }

    /// `pub(super)` names nothing.
    fn visit_visibility(&mut self, _: &syn::Visibility) {}

    fn visit_path(&mut self, path: &syn::Path) {
        let words: Words = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
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
