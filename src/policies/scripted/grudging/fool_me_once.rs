//! Fool me once: the first defection is forgiven, the second is not.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates until the opponent's second defection, then never again.
///
/// Names: Fool Me Once (Axelrod-Python, Marc Harper).
#[derive(Clone, Copy, Debug)]
pub struct FoolMeOnce;

impl StateRule for FoolMeOnce {
    const NAME: &'static str = "fool_me_once";

    /// Defections, two at most.
    type State = u8;

    fn start(&self) -> u8 {
        0
    }

    fn chance(&self, defections: &u8) -> f64 {
        certainly(*defections < 2)
    }

    fn next(&self, defections: &u8, _: bool, others: bool) -> u8 {
        (defections + u8::from(!others)).min(2)
    }
}

impl ListedStrategy for FoolMeOnce {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates until the opponent's second defection, then never again.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
