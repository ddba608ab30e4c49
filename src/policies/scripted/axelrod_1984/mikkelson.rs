//! Mikkelson's entry: credit.

use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Keeps a credit, 7 at first, that grows by 1 with a cooperation and falls by 2 with a defection, between -7 and 8. It
/// cooperates while the credit is above 0. Where it is not, it defects and sets the credit to 4 up to round 10, and
/// after that defects if the opponent's defections are at least 15 % of the rounds, the coming one included.
///
/// Names: Mikkelson, submitted by Ray Mikkelson; twentieth of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Mikkelson;

/// What a [`Mikkelson`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credit {
    count: Count,
    credit: i8,
    answer: bool,
}

impl StateRule for Mikkelson {
    const NAME: &'static str = "mikkelson";

    type State = Credit;

    fn start(&self) -> Credit {
        Credit { count: Count::default(), credit: 7, answer: true }
    }

    fn chance(&self, state: &Credit) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Credit, _: bool, others: bool) -> Credit {
        let count = state.count.and(others);
        let credit = if others { (state.credit + 1).min(8) } else { (state.credit - 2).max(-7) };
        let round = count.rounds + 1;
        if round == 2 || credit > 0 {
            return Credit { count, credit, answer: true };
        }
        if round <= 10 {
            return Credit { count, credit: 4, answer: false };
        }
        Credit { count, credit, answer: f64::from(count.defections) / f64::from(round) < 0.15 }
    }
}

impl ListedStrategy for Mikkelson {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates while the opponent has credit, which a cooperation raises by 1 and a defection lowers by 2, \
             and              later also where it has defected in less than 15 % of the rounds.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
