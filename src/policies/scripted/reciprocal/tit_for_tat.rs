//! Tit for tat, and the strategies that differ from it in one answer.

use crate::numbers::Number;
use crate::policies::scripted::sources::NOWAK_1992;
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cooperates first, then does what the opponent did.
///
/// Names: Tit for Tat, submitted by Anatol Rapoport (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct TitForTat;

impl MemoryOneRule for TitForTat {
    const NAME: &'static str = "tit_for_tat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 1.0,
            Recall::Last { others: false, .. } => 0.0,
        }
    }
}

impl ListedStrategy for TitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first, then does what the opponent did.",
        parameters: "",
        source: "Anatol Rapoport in Axelrod 1980, Effective Choice in the Prisoner's Dilemma, J. Conflict Resolution \
             24",
    };
}

/// Defects first, then does what the opponent did.
///
/// Names: Suspicious Tit for Tat (Boyd & Lorberbaum 1987).
#[derive(Clone, Copy, Debug)]
pub struct SuspiciousTitForTat;

impl MemoryOneRule for SuspiciousTitForTat {
    const NAME: &'static str = "suspicious_tit_for_tat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Last { others: true, .. } => 1.0,
            Recall::Start | Recall::Last { others: false, .. } => 0.0,
        }
    }
}

impl ListedStrategy for SuspiciousTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects first, then does what the opponent did.",
        parameters: "",
        source: "Boyd & Lorberbaum 1987, No pure strategy is evolutionarily stable in the repeated Prisoner's Dilemma \
             game, Nature 327",
    };
}

/// Tit for tat that forgives a defection with probability `p`.
///
/// Names: Generous Tit for Tat (Nowak & Sigmund 1992).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct GenerousTitForTat {
    /// Probability of cooperating after a defection. The default is Nowak and Sigmund's optimum,
    /// min(1 − (T − R) / (R − S), (R − P) / (T − P)), for Axelrod's T, R, P, S = 5, 3, 1, 0; for 4, 3, 1, 0 it is 2/3.
    pub p: f64,
}

impl Default for GenerousTitForTat {
    fn default() -> Self {
        Self { p: 1.0 / 3.0 }
    }
}

impl MemoryOneRule for GenerousTitForTat {
    const NAME: &'static str = "generous_tit_for_tat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 1.0,
            Recall::Last { others: false, .. } => self.p,
        }
    }
}

impl ListedStrategy for GenerousTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first and after cooperation; after a defection it cooperates with probability p.",
        parameters: "p (default 1/3, the most generous that is safe for T, R, P, S = 5, 3, 1, 0: min(1 - (T - R) / (R \
             - S), (R - P) / (T - P)); for the catalog's prisoners_dilemma, 4, 3, 1, 0, it is 2/3)",
        source: NOWAK_1992,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}
