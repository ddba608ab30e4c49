//! What is wrong with a rule as a scenario writes it, in the rule's own words; `scenario::check` shows the place.

/// One thing that is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is, below the rule's word: `.repeats`, `[0][1]`; empty: the rule as a whole.
    pub at: String,
    /// What is wrong.
    pub message: String,
    /// What was expected instead.
    pub expected: String,
}

impl Fault {
    /// `message` about what stands `at` a place of the rule, where something else was `expected`.
    pub fn new(at: impl Into<String>, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into(), expected: expected.into() }
    }
}
