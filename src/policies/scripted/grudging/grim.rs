//! Grim: the harshest way to punish.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, Recall, StateRule};

/// Cooperates until the opponent's first defection, then never again.
///
/// It depends on the opponent's actions in the match alone: a slip of its own does not set it off, and a made-up
/// opening is answered once and then forgotten.
///
/// Names: Grim trigger (Friedman 1971); submitted by James W. Friedman (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Grim;

impl StateRule for Grim {
    const NAME: &'static str = "grim";

    /// Whether the opponent has defected.
    type State = bool;

    fn start(&self) -> bool {
        false
    }

    fn chance(&self, defected: &bool) -> f64 {
        certainly(!defected)
    }

    fn next(&self, defected: &bool, _: bool, others: bool) -> bool {
        *defected || !others
    }

    fn after(&self, recall: Recall) -> Option<f64> {
        match recall {
            Recall::Start => Some(1.0),
            Recall::Last { others: true, .. } => None,
            Recall::Last { others: false, .. } => Some(0.0),
        }
    }
}

impl ListedStrategy for Grim {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates until the opponent's first defection, then never again.",
        parameters: "",
        source: "Friedman 1971, A Non-cooperative Equilibrium for Supergames, Review of Economic Studies 38",
    };
}

/// Defects in the first three rounds, and then for ever if the opponent has defected in any.
///
/// Names: Aggravater (Axelrod-Python, Thomas Campbell).
#[derive(Clone, Copy, Debug)]
pub struct Aggravater;

impl StateRule for Aggravater {
    const NAME: &'static str = "aggravater";

    /// Rounds, three at most, and whether the opponent has defected.
    type State = (u8, bool);

    fn start(&self) -> (u8, bool) {
        (0, false)
    }

    fn chance(&self, &(rounds, defected): &(u8, bool)) -> f64 {
        certainly(rounds >= 3 && !defected)
    }

    fn next(&self, &(rounds, defected): &(u8, bool), _: bool, others: bool) -> (u8, bool) {
        ((rounds + 1).min(3), defected || !others)
    }
}

impl ListedStrategy for Aggravater {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects in the first three rounds, then plays grim, for which those three count.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
