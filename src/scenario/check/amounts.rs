//! Checks of single numbers. Every number of a scenario is finite and small enough that many of them can be summed.

use super::Checks;
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use crate::params::Params;
use crate::scenario::diagnostics::Severity;
use crate::world::Offers;

/// Largest payoff, weight, fine or coefficient: sums and products of many such numbers stay finite, and tables
/// readable.
pub(super) const AMOUNT_MAX: f64 = 1e9;

/// Largest learning rate: a run at this rate stops with a message about its learner, while one at a larger rate might
/// not, since f32 cannot hold a much larger step.
const RATE_MAX: f64 = 1e30;

/// The words as alternatives: `A, B or C`.
pub(super) fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

impl Checks<'_> {
    /// Checks the numbers of the rule whose fields are at `path`.
    pub(super) fn numbers(&mut self, path: &str, numbers: &[Number]) {
        for Number { field, called, value, range } in numbers {
            let (path, value) = (format!("{path}.{field}"), *value);
            match range {
                Range::Probability => self.probability(&path, value),
                Range::Share => self.fraction(&path, called, value),
                Range::Decay => self.below_one(&path, called, value),
                Range::Inside => self.inside(&path, called, value),
                Range::Positive => self.positive(&path, called, value),
                Range::NotNegative => self.not_negative(&path, called, value),
                Range::Amount => self.amount(&path, called, value),
                Range::Epochs => self.epochs(&path, value),
            }
        }
    }

    /// Reports the faults that the rule at `path` finds in itself.
    pub(super) fn faults(&mut self, path: &str, faults: Vec<Fault>) {
        for Fault { at, message, expected, help } in faults {
            self.report(Severity::Error, &format!("{path}{at}"), message, expected, help);
        }
    }

    /// Warns of the doubts that the rule at `path` has about itself.
    pub(super) fn doubts(&mut self, path: &str, doubts: Vec<Fault>) {
        for Fault { at, message, expected, help } in doubts {
            self.report(Severity::Warning, &format!("{path}{at}"), message, expected, help);
        }
    }

    /// Checks a learning rate.
    pub(super) fn rate(&mut self, path: &str, value: f64) {
        if value > RATE_MAX && value.is_finite() {
            self.error(path, format!("lr {value:e} is too large"), format!("expected at most {RATE_MAX:e}"));
        } else if !(value > 0.0 && value.is_finite()) {
            self.error(path, format!("lr {value} is not positive"), "expected more than 0");
        }
    }

    pub(super) fn probability(&mut self, path: &str, value: f64) {
        if !(0.0..=1.0).contains(&value) {
            self.error(path, format!("{value} is not a probability"), "expected 0 to 1");
        }
    }

    pub(super) fn finite(&mut self, path: &str, value: f64) {
        if !value.is_finite() {
            self.error(path, format!("{value} is not finite"), "expected a finite number");
        }
    }

    /// Checks a number of either sign.
    pub(super) fn amount(&mut self, path: &str, what: &str, value: f64) {
        if value.is_finite() {
            self.at_most(path, what, value.abs(), AMOUNT_MAX);
        } else {
            self.finite(path, value);
        }
    }

    pub(super) fn not_negative(&mut self, path: &str, what: &str, value: f64) {
        if value >= 0.0 && value.is_finite() {
            self.at_most(path, what, value, AMOUNT_MAX);
        } else {
            self.error(path, format!("{what} {value} is negative or not finite"), "expected at least 0");
        }
    }

    pub(super) fn positive(&mut self, path: &str, what: &str, value: f64) {
        self.positive_up_to(path, what, value, AMOUNT_MAX);
    }

    pub(super) fn positive_up_to(&mut self, path: &str, what: &str, value: f64, most: f64) {
        if value > 0.0 && value.is_finite() {
            self.at_most(path, what, value, most);
        } else {
            self.error(path, format!("{what} {value} is not positive"), "expected more than 0");
        }
    }

    fn at_most(&mut self, path: &str, what: &str, size: f64, most: f64) {
        if size > most {
            self.error(path, format!("{what} of size {size:e} is too large"), format!("expected at most {most:e}"));
        }
    }

    pub(super) fn below_one(&mut self, path: &str, what: &str, value: f64) {
        if !(0.0..1.0).contains(&value) {
            self.error(path, format!("{what} of {value} is out of range"), "expected at least 0 and below 1");
        }
    }

    pub(super) fn fraction(&mut self, path: &str, what: &str, value: f64) {
        if !(0.0..=1.0).contains(&value) {
            self.error(path, format!("{what} {value} is out of range"), "expected 0 to 1");
        }
    }

    /// Checks the parameters handed to what a plugin offers as `name`, one of `offers`.
    pub(super) fn offer<F: ?Sized>(&mut self, path: &str, what: &str, name: &str, params: &Params, offers: &Offers<F>) {
        let names: Vec<&str> = offers.keys().map(String::as_str).collect();
        self.name(&format!("{path}.name"), what, name, &names);
        let path = format!("{path}.params");
        let checked = offers.get(name).filter(|_| self.view.intact(&path)).map(|offer| offer.check(params));
        if let Some(Err(problem)) = checked {
            self.error(&path, format!("`{name}` refuses its parameters: {problem}"), "refused");
        }
    }
}
