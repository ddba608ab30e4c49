//! Blanks, words and numbers.

use super::node::Name;
use super::ron::Parser;
use crate::scenario::diagnostics::Problem;

impl Parser<'_> {
    /// Skips white space, `// …` and nested `/* … */`.
    pub(super) fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(is_blank).len();
            self.at += blank;
            let is_comment = self.rest().starts_with("//") || self.rest().starts_with("/*");
            if is_comment && self.is_json {
                let problem = Problem::error(self.at..self.at + 2, "JSON has no comments".into());
                self.report(problem.label("YAML, TOML and RON have them"));
            }
            if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.block_comment();
            } else {
                return;
            }
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let mut level = 0usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                level += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                level -= 1;
                self.at += 2;
            } else if let Some(c) = rest.chars().next() {
                self.at += c.len_utf8();
            } else {
                self.broken(start..start + 2, "`/*` is never closed", "expected `*/` further on");
                return;
            }
            if level == 0 {
                return;
            }
        }
    }

    /// Reads a word, plain or raw (`r#word`).
    pub(super) fn identifier(&mut self) -> Option<Name> {
        let rest = self.rest();
        let (skip, length) = match rest.strip_prefix("r#") {
            Some(raw) => (2, raw.find(|c: char| !is_word(c) && !"+-.".contains(c)).unwrap_or(raw.len())),
            None if rest.starts_with(|c: char| c == '_' || c.is_alphabetic()) => {
                (0, rest.find(|c| !is_word(c)).unwrap_or(rest.len()))
            }
            None => return None,
        };
        if length == 0 {
            return None;
        }
        let span = self.at..self.at + skip + length;
        let text = rest[skip..skip + length].to_owned();
        self.at = span.end;
        Some(Name { text, span })
    }

    /// Reads a number; reports one like `5%`, which RON does not have, and reads it as what it means.
    pub(super) fn number_or_percentage(&mut self) -> String {
        let start = self.at;
        let number = self.number();
        let Some(percent) = number.parse::<f64>().ok().filter(|_| self.peek() == Some('%')) else { return number };
        self.at += 1;
        let share = (percent / 100.0).to_string();
        let problem = Problem::error(start..self.at, "percentages are not known here".into());
        self.report(problem.label(format!("expected `{share}`")));
        share
    }

    /// Reads a number of JSON; reports one that only RON takes for a number.
    pub(super) fn json_number(&mut self) -> String {
        let start = self.at;
        let number = self.number();
        if serde_json::from_str::<serde_json::Number>(&number).is_err() {
            let problem = Problem::error(start..self.at, format!("`{number}` is not a number of JSON"));
            self.report(problem.label("expected digits such as `0.5`, `3` or `1e-4`"));
        }
        number
    }

    /// Reads everything that can belong to a number; whether it is one is up to its type.
    pub(super) fn number(&mut self) -> String {
        let start = self.at;
        let mut last = '+';
        while let Some(c) = self.peek() {
            let sign = matches!(c, '+' | '-');
            let sign_fits = self.at == start || matches!(last, 'e' | 'E');
            if !(is_word(c) || c == '.' || sign && sign_fits) {
                break;
            }
            last = c;
            self.at += c.len_utf8();
        }
        self.source[start..self.at].to_owned()
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The white space of RON.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\n' | '\r' | '\x0B' | '\x0C' | '\u{85}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}'
    )
}
