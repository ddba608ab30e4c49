//! Tullock's entry: a little less cooperation than it is met with.

use crate::policies::scripted::counts::Recent;
use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates eleven times, then with a probability 0.1 below the share of the last ten rounds in which the opponent
/// did.
///
/// Names: Tullock, submitted by Gordon Tullock; thirteenth of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Tullock;

impl StateRule for Tullock {
    const NAME: &'static str = "tullock";

    /// The last ten moves, and the rounds, eleven at most.
    type State = (Recent, u8);

    fn start(&self) -> (Recent, u8) {
        (Recent::default(), 0)
    }

    fn chance(&self, &(recent, rounds): &(Recent, u8)) -> f64 {
        let cooperations = 10 - recent.defections(1, 10).min(10);
        if rounds < 11 { 1.0 } else { f64::from(cooperations.saturating_sub(1)) / 10.0 }
    }

    fn next(&self, &(recent, rounds): &(Recent, u8), _: bool, others: bool) -> (Recent, u8) {
        (recent.and(others, 10), (rounds + 1).min(11))
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Tullock {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates eleven times, then 10 % less often than the opponent did in the last ten rounds.",
        parameters: "",
        source: AXELROD_1980,
    };
}
