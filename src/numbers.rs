//! Numbers that a scenario gives to a rule, and the range of each.
//!
//! A rule states the range of each of its numbers in its own file; `scenario::check` words the refusals.

use std::borrow::Cow;

/// The range of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// A probability, 0 to 1.
    Probability,
    /// A share, 0 to 1.
    Share,
    /// A decay: 0 or more, and below 1.
    Decay,
    /// More than 0 and below 1.
    Inside,
    /// More than 0, and no larger than the amounts of a scenario may be.
    Positive,
    /// 0 or more, and no larger than the amounts of a scenario may be.
    NotNegative,
    /// Of either sign, and no larger than the amounts of a scenario may be.
    Amount,
    /// Epochs of an update: at least one, and no more than make sense.
    Epochs,
}

/// One number of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The name of its field, or the path to it: `payoffs[0][1]`.
    pub field: Cow<'static, str>,
    /// Its name in a sentence.
    pub called: Cow<'static, str>,
    /// Its value.
    pub value: f64,
    /// The range that it must be in.
    pub range: Range,
}

impl Number {
    /// A number that is called by the name of its field.
    pub fn new(field: impl Into<Cow<'static, str>>, value: f64, range: Range) -> Self {
        let field = field.into();
        Self { called: field.clone(), field, value, range }
    }

    /// A probability.
    pub fn probability(field: &'static str, value: f64) -> Self {
        Self::new(field, value, Range::Probability)
    }

    /// An amount that is not negative.
    pub fn not_negative(field: &'static str, value: f64) -> Self {
        Self::new(field, value, Range::NotNegative)
    }

    /// The same number under another name.
    pub fn called(self, called: &'static str) -> Self {
        Self { called: called.into(), ..self }
    }
}
