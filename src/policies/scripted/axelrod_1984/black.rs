//! Black's entry: it looks back five rounds.

use crate::policies::scripted::counts::Recent;
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates five times, then with a probability that falls with the opponent's defections in the last five rounds: 1,
/// 1, 0.88, 0.68, 0.4 and 0.04 for 0 to 5 of them.
///
/// Names: Black, submitted by Paul E. Black; fifteenth of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Black;

impl StateRule for Black {
    const NAME: &'static str = "black";

    type State = Recent;

    fn start(&self) -> Recent {
        Recent::default()
    }

    fn chance(&self, recent: &Recent) -> f64 {
        let defections = f64::from(recent.defections(1, 5));
        if recent.rounds < 5 { 1.0 } else { (1.0 - (defections * defections - 1.0) / 25.0).min(1.0) }
    }

    fn next(&self, recent: &Recent, _: bool, others: bool) -> Recent {
        recent.and(others, 5)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Black {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates five times, then with probability 1 - (d² - 1) / 25 after d defections in the last five \
             rounds.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
