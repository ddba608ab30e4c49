//! Grofman's second entry: it counts the last rounds but one.

use crate::policies::scripted::counts::{Recent, certainly};
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates twice, plays tit for tat for five rounds, then cooperates if the opponent defected at most twice in the
/// seven rounds before the last, or at most once where it defected last itself.
///
/// Names: Grofman, submitted by Bernard Grofman; 28th of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct SecondGrofman;

impl StateRule for SecondGrofman {
    const NAME: &'static str = "second_grofman";

    /// The last eight moves, and what it did itself last.
    type State = (Recent, bool);

    fn start(&self) -> (Recent, bool) {
        (Recent::default(), true)
    }

    fn chance(&self, &(recent, own): &(Recent, bool)) -> f64 {
        certainly(match recent.rounds {
            0 | 1 => true,
            2..=6 => !recent.defected(1),
            _ => recent.defections(2, 8) <= if own { 2 } else { 1 },
        })
    }

    fn next(&self, &(recent, _): &(Recent, bool), own: bool, others: bool) -> (Recent, bool) {
        (recent.and(others, 8), own)
    }
}

impl ListedStrategy for SecondGrofman {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates twice, plays tit for tat for five rounds, then defects after more than two defections in the \
             seven              rounds before the last, or more than one where it defected last.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
