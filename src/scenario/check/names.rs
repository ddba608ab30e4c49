//! Checks of names and words: names of files and folders must be valid on every system, and no text may control a
//! terminal.

use super::Checks;
use crate::fault::Fault;
use std::collections::BTreeSet;

/// Longest name of a population or scenario, in characters: with a number and a temporary file's ending appended, it
/// still fits a file name.
const NAME_MAX: usize = 100;
/// The same in bytes; a character may take four.
const NAME_BYTES_MAX: usize = 200;

/// Names that Windows reserves for devices, whatever extension follows.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

impl Checks<'_> {
    /// Checks the names of the scenario and of its populations.
    pub(super) fn names(&mut self) {
        let spec = self.spec;
        if let Some((message, label)) = scenario_name(&spec.name) {
            self.error("name", message, label);
        }
        let (mut exact, mut folded) = (BTreeSet::new(), BTreeSet::new());
        for (i, population) in spec.populations.iter().enumerate() {
            let (name, path) = (&population.name, format!("populations[{i}].name"));
            let is_twin = !exact.insert(name.as_str());
            if let Some((message, label)) = population_name(name) {
                self.error(&path, message, label);
            } else if is_twin {
                self.error(&path, format!("two populations are named `{name}`"), "expected another name");
            } else if !folded.insert(name.to_lowercase()) {
                let message = format!("`{name}` differs from another population's name in letter case alone");
                self.error(&path, message, "their files would collide on some systems; expected another name");
            }
        }
    }

    /// Refuses control characters in `word`, which is printed and must be readable on one line.
    pub(super) fn printable(&mut self, path: &str, what: &str, word: &str) {
        self.faults(path, Fault::unprintable("", what, word).into_iter().collect());
    }

    /// Refuses control characters in `text`, other than line breaks and tabs.
    pub(super) fn printable_lines(&mut self, path: &str, what: &str, text: &str) {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.error(path, format!("control characters in {what}"), "expected plain text");
        }
    }
}

/// What is wrong with a scenario's name, which also names the folder of a run, and what was expected.
fn scenario_name(name: &str) -> Option<(String, String)> {
    let plain = |c: char| !(c.is_control() || matches!(c, '/' | '\\'));
    problem_of(name, plain, "a folder", "expected letters, digits, `_`, `-`; set `name` if the file's name is not fit")
}

/// What is wrong with a population's name, which also names its members' files, and what was expected.
fn population_name(name: &str) -> Option<(String, String)> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() {
        return Some((
            "the name of a population must not be empty".into(),
            "expected letters, digits, `_`, `-`".into(),
        ));
    }
    problem_of(name, plain, "files", "expected letters, digits, `_`, `-`")
}

fn problem_of(name: &str, plain: impl Fn(char) -> bool, what: &str, expected: &str) -> Option<(String, String)> {
    let length = name.chars().count();
    if length > NAME_MAX || name.len() > NAME_BYTES_MAX {
        let message = format!("a name of {length} characters, {} bytes, cannot name {what}", name.len());
        return Some((message, format!("expected at most {NAME_MAX} characters and {NAME_BYTES_MAX} bytes")));
    }
    if !name.chars().all(plain) || name.starts_with('.') || name.ends_with(['.', ' ']) {
        return Some((format!("`{name}` is not a valid name for {what}"), expected.into()));
    }
    if is_device(name) {
        return Some((format!("`{name}` is the name of a device on Windows"), "expected another name".into()));
    }
    None
}

/// Whether Windows takes `name` for a device: `con`, `com1`, `nul.txt`, ….
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = ["com", "lpt"].iter().filter_map(|device| stem.strip_prefix(device));
    let is_numbered =
        numbered.into_iter().any(|rest| rest.len() == 1 && rest.starts_with(|c: char| c.is_ascii_digit()));
    DEVICES.contains(&stem.as_str()) || is_numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_files_of_every_system() {
        let long = ["a".repeat(100), "a".repeat(101), "漢".repeat(67), "a".repeat(70_000)];
        assert!(population_name(&long[0]).is_none() && scenario_name(&long[0]).is_none());
        for name in [&long[1], &long[2], &long[3]] {
            assert!(population_name(name).is_some() && scenario_name(name).is_some());
        }
        for name in
            ["", "a/b", "..", "../x", "a.", "CON", "nul.txt", "Com1", "lpt9.a", "a b", "=cmd()", "a\u{1b}", "a\0"]
        {
            assert!(population_name(name).is_some(), "{name:?}");
        }
        for name in ["../x", "a/b", "a\\b", "a\n", "a\u{7}", "\u{1b}[31m", ".", "a.", "a ", "prn", ".hidden"] {
            assert!(scenario_name(name).is_some(), "{name:?}");
        }
        for name in ["a", "étude_2", "comet", "com10", "lpt", "console", "v1.2", "a-b"] {
            assert!(population_name(name).is_none() && scenario_name(name).is_none(), "{name:?}");
        }
        assert!(scenario_name("my study (1)").is_none());
    }
}
