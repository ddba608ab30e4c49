//! Leyvraz's entry: three moves, five rules.

use crate::policies::scripted::counts::Recent;
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Answers the opponent's last three moves: after two defections it cooperates with probability 1/4; otherwise always
/// if the opponent defected three rounds ago, never if two rounds ago, half of the time if in the last round, and
/// always after three cooperations.
///
/// Names: Leyvraz, submitted by François Leyvraz; twelfth of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Leyvraz;

impl StateRule for Leyvraz {
    const NAME: &'static str = "leyvraz";

    type State = Recent;

    fn start(&self) -> Recent {
        Recent::default()
    }

    fn chance(&self, recent: &Recent) -> f64 {
        match [3, 2, 1].map(|ago| recent.defected(ago)) {
            [_, true, true] => 0.25,
            [true, ..] => 1.0,
            [false, true, false] => 0.0,
            [false, false, true] => 0.5,
            [false, false, false] => 1.0,
        }
    }

    fn next(&self, recent: &Recent, _: bool, others: bool) -> Recent {
        recent.and(others, 3)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Leyvraz {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers the opponent's last three moves, oldest first: .DD with 1/4, D.. with 1, CDC with 0, CCD with \
             1/2, CCC              with 1.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
