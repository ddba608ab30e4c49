//! White's entry: patience that shrinks with the logarithm of time.

use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates in the first ten rounds and after cooperation. After a defection it defects if the opponent's defections
/// times the whole part of ln n are at least n, the coming round's number.
///
/// Names: White, submitted by Edward C. White; thirteenth of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct White;

impl StateRule for White {
    const NAME: &'static str = "white";

    /// What was counted, and whether the opponent defected last.
    type State = (Count, bool);

    fn start(&self) -> (Count, bool) {
        (Count::default(), false)
    }

    fn chance(&self, &(count, defected): &(Count, bool)) -> f64 {
        let round = f64::from(count.rounds + 1);
        let strikes = round.ln().floor() * f64::from(count.defections) >= round;
        certainly(count.rounds < 10 || !defected || !strikes)
    }

    fn next(&self, &(count, _): &(Count, bool), _: bool, others: bool) -> (Count, bool) {
        (count.and(others), !others)
    }
}

impl ListedStrategy for White {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates for ten rounds, then defects after a defection if the opponent's defections times the whole \
             part of              ln n are at least n, the round's number.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
