//! Gradual: punishments that grow, and a truce after each.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::{AXELROD_1980, BEAUFILS_1997};
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// What strategies with growing punishments keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gradation {
    /// What the length of the next punishment is counted by.
    count: u32,
    /// Defections that are still due after the coming round.
    punishment: u32,
    /// Cooperations that are due after these, whatever happens.
    truce: u8,
    /// Whether it is to cooperate in the coming round.
    answer: bool,
}

impl Gradation {
    const START: Self = Self { count: 0, punishment: 0, truce: 0, answer: true };

    /// The next round of a punishment or a truce in progress; `None` if there is none.
    fn continued(self) -> Option<Self> {
        if self.punishment > 0 {
            return Some(Self { punishment: self.punishment - 1, answer: false, ..self });
        }
        (self.truce > 0).then(|| Self { truce: self.truce - 1, answer: true, ..self })
    }

    /// The first round of a punishment of as many defections as are counted, with a `truce` after it.
    fn punished(self, truce: u8) -> Self {
        Self { punishment: self.count.saturating_sub(1), truce, answer: false, ..self }
    }
}

/// Punishes a defection with as many as the opponent has made so far, then cooperates twice whatever happens.
///
/// Names: Gradual, as the laboratory of its authors plays it today (CRISTAL-SMAC 2018).
#[derive(Clone, Copy, Debug)]
pub struct Gradual;

impl StateRule for Gradual {
    const NAME: &'static str = "gradual";

    type State = Gradation;

    fn start(&self) -> Gradation {
        Gradation::START
    }

    fn chance(&self, state: &Gradation) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Gradation, _: bool, others: bool) -> Gradation {
        let state = Gradation { count: state.count + u32::from(!others), ..*state };
        match state.continued() {
            Some(next) => next,
            None if others => Gradation { answer: true, ..state },
            None => state.punished(2),
        }
    }
}

impl ListedStrategy for Gradual {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Punishes a defection with as many as the opponent has made so far, then cooperates twice.",
        parameters: "",
        source: "CRISTAL-SMAC 2018, https://github.com/cristal-smac/ipd; after Beaufils, Delahaye & Mathieu 1997",
    };
}

/// Punishes a defection with one defection more than the last time, then cooperates twice whatever happens; defections
/// during a punishment or a truce go unpunished.
///
/// Names: Gradual (Beaufils, Delahaye & Mathieu 1997); Original Gradual (Axelrod-Python).
#[derive(Clone, Copy, Debug)]
pub struct OriginalGradual;

impl StateRule for OriginalGradual {
    const NAME: &'static str = "original_gradual";

    type State = Gradation;

    fn start(&self) -> Gradation {
        Gradation::START
    }

    fn chance(&self, state: &Gradation) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Gradation, _: bool, others: bool) -> Gradation {
        match state.continued() {
            Some(next) => next,
            None if others => Gradation { answer: true, ..*state },
            None => Gradation { count: state.count + 1, ..*state }.punished(2),
        }
    }
}

impl ListedStrategy for OriginalGradual {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Punishes a defection with one defection more than the last time, then cooperates twice.",
        parameters: "",
        source: BEAUFILS_1997,
    };
}

/// Punishes a defection on its cooperation with one defection more than the last time, and makes no truce.
///
/// Names: Shubik, submitted by Martin Shubik; fifth of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Shubik;

impl StateRule for Shubik {
    const NAME: &'static str = "shubik";

    type State = Gradation;

    fn start(&self) -> Gradation {
        Gradation::START
    }

    fn chance(&self, state: &Gradation) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Gradation, own: bool, others: bool) -> Gradation {
        match state.continued() {
            Some(next) => next,
            None if others || !own => Gradation { answer: true, ..*state },
            None => Gradation { count: state.count + 1, ..*state }.punished(0),
        }
    }
}

impl ListedStrategy for Shubik {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Punishes a defection on its cooperation with one defection more than the last time.",
        parameters: "",
        source: AXELROD_1980,
    };
}
