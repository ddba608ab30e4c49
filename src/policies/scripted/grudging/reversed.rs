//! Grim turned round: what the opponent did once is answered with cooperation for ever.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::{AXELROD_PYTHON, LI_2011};
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects until the opponent cooperates once, then cooperates for ever.
///
/// Names: Opposite Grudger (Axelrod-Python, Geraint Palmer).
#[derive(Clone, Copy, Debug)]
pub struct OppositeGrudger;

impl StateRule for OppositeGrudger {
    const NAME: &'static str = "opposite_grudger";

    /// Whether the opponent has cooperated.
    type State = bool;

    fn start(&self) -> bool {
        false
    }

    fn chance(&self, cooperated: &bool) -> f64 {
        certainly(*cooperated)
    }

    fn next(&self, cooperated: &bool, _: bool, others: bool) -> bool {
        *cooperated || others
    }
}

impl ListedStrategy for OppositeGrudger {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects until the opponent has cooperated once, then cooperates for ever.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Defects until the opponent defects once, then cooperates for ever.
///
/// Names: Easy Go (PRISON 1998); Reverse Grudger (Li et al. 2011).
#[derive(Clone, Copy, Debug)]
pub struct EasyGo;

impl StateRule for EasyGo {
    const NAME: &'static str = "easy_go";

    /// Whether the opponent has defected.
    type State = bool;

    fn start(&self) -> bool {
        false
    }

    fn chance(&self, defected: &bool) -> f64 {
        certainly(*defected)
    }

    fn next(&self, defected: &bool, _: bool, others: bool) -> bool {
        *defected || !others
    }
}

impl ListedStrategy for EasyGo {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects until the opponent has defected once, then cooperates for ever.",
        parameters: "",
        source: LI_2011,
    };
}
