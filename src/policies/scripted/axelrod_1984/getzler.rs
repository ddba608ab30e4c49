//! Getzler's entry: distrust that halves every round.

use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects with a probability that is 1/2 after a defection, 1/4 a round later and so on, summed over all defections.
///
/// Names: Getzler, submitted by Abraham Getzler; eleventh of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Getzler;

impl StateRule for Getzler {
    const NAME: &'static str = "getzler";

    /// The probability of defection in binary digits after the point, the first of them highest: the opponent's last 64
    /// moves.
    type State = u64;

    fn start(&self) -> u64 {
        0
    }

    fn chance(&self, distrust: &u64) -> f64 {
        // 2⁻⁶⁴, exactly.
        1.0 - *distrust as f64 * (-64_f64).exp2()
    }

    fn next(&self, distrust: &u64, _: bool, others: bool) -> u64 {
        distrust >> 1 | u64::from(!others) << 63
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Getzler {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects with probability 1/2 after a defection, 1/4 a round later and so on, summed over all of them.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
