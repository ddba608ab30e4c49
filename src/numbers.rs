//! Numbers that a scenario gives to a rule, and what they may be.
//!
//! A rule states the range of each of its numbers in its own file. The words of a refusal are those of `scenario::check`.

/// What a number may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// From 0 to 1, as a probability or a share.
    Probability,
    /// 0 or more, and no larger than the amounts of a scenario.
    NotNegative,
}

/// One number of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The name of its field.
    pub field: &'static str,
    /// Its value.
    pub value: f64,
    /// What it may be.
    pub range: Range,
}

impl Number {
    /// A probability or a share.
    pub fn probability(field: &'static str, value: f64) -> Self {
        Self { field, value, range: Range::Probability }
    }

    /// An amount that is not negative.
    pub fn not_negative(field: &'static str, value: f64) -> Self {
        Self { field, value, range: Range::NotNegative }
    }
}
