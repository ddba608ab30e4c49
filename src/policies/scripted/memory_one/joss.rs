//! Tit for tat with sly defections, and with forgiveness by the dice.

use crate::numbers::Number;
use crate::policies::scripted::sources::{AXELROD_1980, LI_2011, PRISON_1998};
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tit for tat that cooperates after cooperation only with probability `p`.
///
/// Names: Joss, submitted by Johann Joss; twelfth of fifteen (Axelrod 1980); Hard Joss (Stewart & Plotkin 2012).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Joss {
    /// Probability of cooperating after cooperation.
    pub p: f64,
}

impl Default for Joss {
    fn default() -> Self {
        Self { p: 0.9 }
    }
}

impl MemoryOneRule for Joss {
    const NAME: &'static str = "joss";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 1.0,
            Recall::Last { others: true, .. } => self.p,
            Recall::Last { others: false, .. } => 0.0,
        }
    }
}

impl ListedStrategy for Joss {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, but cooperates after cooperation only with probability p.",
        parameters: "p (default 0.9)",
        source: AXELROD_1980,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}

/// Tit for tat that answers defection with defection only with probability `q`.
///
/// Names: Soft Joss (PRISON 1998).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct SoftJoss {
    /// Probability of defecting after defection.
    pub q: f64,
}

impl Default for SoftJoss {
    fn default() -> Self {
        Self { q: 0.9 }
    }
}

impl MemoryOneRule for SoftJoss {
    const NAME: &'static str = "soft_joss";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 1.0,
            Recall::Last { others: false, .. } => 1.0 - self.q,
        }
    }
}

impl ListedStrategy for SoftJoss {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, but defects after defection only with probability q.",
        parameters: "q (default 0.9)",
        source: PRISON_1998,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("q", self.q)]
    }
}

/// Tit for tat that defects now and then, with probability `p`, where it would have cooperated.
///
/// The same as [`Joss`] with the complement of its number.
///
/// Names: Naive Prober (Li et al. 2011; Dawkins 1989).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct NaiveProber {
    /// Probability of defecting after cooperation.
    pub p: f64,
}

impl Default for NaiveProber {
    fn default() -> Self {
        Self { p: 0.1 }
    }
}

impl MemoryOneRule for NaiveProber {
    const NAME: &'static str = "naive_prober";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 1.0,
            Recall::Last { others: true, .. } => 1.0 - self.p,
            Recall::Last { others: false, .. } => 0.0,
        }
    }
}

impl ListedStrategy for NaiveProber {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, but defects with probability p after cooperation.",
        parameters: "p (default 0.1)",
        source: LI_2011,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}
