//! Eatherley's entry: it answers defection in proportion.

use crate::policies::scripted::counts::Count;
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Answers a defection with the share of rounds in which the opponent has defected, and cooperates otherwise.
///
/// Names: Eatherley, submitted by Graham Eatherley; fourteenth of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Eatherley;

impl StateRule for Eatherley {
    const NAME: &'static str = "eatherley";

    /// What was counted, and whether the opponent defected last.
    type State = (Count, bool);

    fn start(&self) -> (Count, bool) {
        (Count::default(), false)
    }

    fn chance(&self, &(count, defected): &(Count, bool)) -> f64 {
        if defected { 1.0 - count.share() } else { 1.0 }
    }

    fn next(&self, &(count, _): &(Count, bool), _: bool, others: bool) -> (Count, bool) {
        (count.and(others), !others)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Eatherley {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects after a defection with the share of rounds in which the opponent has defected.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
