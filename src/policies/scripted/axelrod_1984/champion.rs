//! Champion's entry: cooperation, tit for tat, then justice with mercy.

use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates ten times, plays tit for tat for fifteen rounds, and then answers a defection with the share of rounds in
/// which the opponent has defected, if that is 0.4 or more; it cooperates otherwise.
///
/// Names: Champion, submitted by Danny C. Champion; second of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Champion;

impl StateRule for Champion {
    const NAME: &'static str = "champion";

    /// What was counted, and whether the opponent defected last.
    type State = (Count, bool);

    fn start(&self) -> (Count, bool) {
        (Count::default(), false)
    }

    fn chance(&self, &(count, defected): &(Count, bool)) -> f64 {
        match count.rounds {
            0..10 => 1.0,
            10..25 => certainly(!defected),
            _ if defected && count.share() >= 0.4 => 1.0 - count.share(),
            _ => 1.0,
        }
    }

    fn next(&self, &(count, _): &(Count, bool), _: bool, others: bool) -> (Count, bool) {
        (count.and(others), !others)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Champion {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates ten times, plays tit for tat for fifteen rounds, then defects after a defection with the \
             share of              rounds in which the opponent has, if that is at least 0.4.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
