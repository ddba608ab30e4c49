//! Firm but fair: it stops cooperating only where it was exploited.

use crate::numbers::Number;
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cooperates unless it was exploited in the last round; after mutual defection it cooperates with probability `p`.
///
/// Names: Firm But Fair (Frean 1994).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct FirmButFair {
    /// Probability of cooperating after mutual defection.
    pub p: f64,
}

impl Default for FirmButFair {
    fn default() -> Self {
        Self { p: 2.0 / 3.0 }
    }
}

impl MemoryOneRule for FirmButFair {
    const NAME: &'static str = "firm_but_fair";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 1.0,
            Recall::Last { own: true, others: false } => 0.0,
            Recall::Last { own: false, others: false } => self.p,
        }
    }
}

impl ListedStrategy for FirmButFair {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates unless it was exploited in the last round; after mutual defection with probability p.",
        parameters: "p (default 2/3; with 1 it is the corner that the column nearest_strategy means)",
        source: "Frean 1994, The Prisoner's Dilemma without synchrony, Proc. R. Soc. B 257",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}
