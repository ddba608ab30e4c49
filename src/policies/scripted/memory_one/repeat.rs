//! Strategies whose next action follows from their own last.

use crate::numbers::Number;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Begins with cooperation with probability `p`, and repeats its own last action ever after.
///
/// Names: Repeat (Akin 2015); ALLC or ALLD (Axelrod-Python, Marc Harper).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Repeat {
    /// Probability of cooperating first.
    pub p: f64,
}

impl Default for Repeat {
    fn default() -> Self {
        Self { p: 0.6 }
    }
}

impl MemoryOneRule for Repeat {
    const NAME: &'static str = "repeat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => self.p,
            Recall::Last { own: true, .. } => 1.0,
            Recall::Last { own: false, .. } => 0.0,
        }
    }
}

impl ListedStrategy for Repeat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first with probability p, then repeats its own last action.",
        parameters: "p (default 0.6)",
        source: "Akin 2015, What You Gotta Know to Play Good in the Iterated Prisoner's Dilemma, Games 6",
    };

    const ANSWERS_NOBODY: bool = true;

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}

/// Keeps its action while the opponent cooperates, and changes it after every defection.
///
/// From another motive it is what win-stay, lose-shift is: the same answers after the same rounds.
///
/// Names: Appeaser (Axelrod-Python, Jochen Müller).
#[derive(Clone, Copy, Debug)]
pub struct Appeaser;

impl MemoryOneRule for Appeaser {
    const NAME: &'static str = "appeaser";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { own: true, others: true } | Recall::Last { own: false, others: false } => {
                1.0
            }
            Recall::Last { .. } => 0.0,
        }
    }
}

impl ListedStrategy for Appeaser {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first, and changes its action whenever the opponent defects: plays as win_stay_lose_shift \
             does.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
