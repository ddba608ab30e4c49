//! Strategies of changing mood.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// How far defections must be ahead for it to turn grumpy, and cooperations for it to be nice again.
const THRESHOLD: i64 = 10;

/// Cooperates while it is nice and defects while it is grumpy: it turns grumpy once the opponent's defections outnumber
/// the cooperations by more than ten, and nice once it is the other way round.
///
/// Names: Grumpy (Axelrod-Python, Jason Young).
#[derive(Clone, Copy, Debug)]
pub struct Grumpy;

impl StateRule for Grumpy {
    const NAME: &'static str = "grumpy";

    /// Defections minus cooperations, and whether it is grumpy.
    type State = (i64, bool);

    fn start(&self) -> (i64, bool) {
        (0, false)
    }

    fn chance(&self, &(_, grumpy): &(i64, bool)) -> f64 {
        certainly(!grumpy)
    }

    fn next(&self, &(excess, grumpy): &(i64, bool), _: bool, others: bool) -> (i64, bool) {
        let excess = if others { excess - 1 } else { excess + 1 };
        (excess, if grumpy { excess >= -THRESHOLD } else { excess > THRESHOLD })
    }
}

impl ListedStrategy for Grumpy {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects from when the opponent's defections lead by more than ten until its cooperations do.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
