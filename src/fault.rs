//! Faults of a rule as a scenario writes it, in the rule's own words; `scenario::check` shows the place.

use crate::text::advice;

/// One thing that is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is, below the rule's word: `.repeats`, `[0][1]`; empty for the rule as a whole.
    pub at: String,
    /// The problem.
    pub message: String,
    /// What should be there instead.
    pub expected: String,
    /// Further help.
    pub help: Option<String>,
}

impl Fault {
    /// A fault `at` a place of the rule: `message` says what is wrong there, `expected` what should be there instead.
    pub fn new(at: impl Into<String>, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into(), expected: expected.into(), help: None }
    }

    /// The fault that the `name` of a `what` is not one of `valid`, with the nearest valid name; `None` if it is one of
    /// them.
    pub fn unknown(at: impl Into<String>, what: &str, name: &str, valid: &[&str]) -> Option<Self> {
        if valid.contains(&name) {
            return None;
        }
        let expected = if valid.is_empty() { format!("no {what} is registered") } else { "not known".to_owned() };
        Some(Self { help: advice(name, valid), ..Self::new(at, format!("unknown {what} `{name}`"), expected) })
    }

    /// The fault that `word`, which is to be printed and read on one line, has control characters; `None` if it has
    /// none.
    pub fn unprintable(at: impl Into<String>, what: &str, word: &str) -> Option<Self> {
        let message = || format!("control characters in {what} `{word}`");
        word.chars().any(char::is_control).then(|| Self::new(at, message(), "expected plain text on one line"))
    }
}
