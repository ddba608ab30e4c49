//! Strategies that look at nothing: always cooperate, always defect, random.

use crate::numbers::Number;
use crate::policies::scripted::sources::{AXELROD_1980, AXELROD_1984};
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Always cooperates.
///
/// Names: Cooperator (Axelrod 1984); AC in Tennant et al. 2023.
#[derive(Clone, Copy, Debug)]
pub struct AlwaysCooperate;

impl MemoryOneRule for AlwaysCooperate {
    const NAME: &'static str = "always_cooperate";

    fn probability(&self, _: Recall) -> f64 {
        1.0
    }
}

impl ListedStrategy for AlwaysCooperate {
    const EXPLANATION: Explanation =
        Explanation { name: Self::NAME, rule: "Cooperates always.", parameters: "", source: AXELROD_1984 };

    const ANSWERS_NOBODY: bool = true;
}

/// Always defects.
///
/// Names: Defector, ALL D (Axelrod 1984); AD in Tennant et al. 2023.
#[derive(Clone, Copy, Debug)]
pub struct AlwaysDefect;

impl MemoryOneRule for AlwaysDefect {
    const NAME: &'static str = "always_defect";

    fn probability(&self, _: Recall) -> f64 {
        0.0
    }
}

impl ListedStrategy for AlwaysDefect {
    const EXPLANATION: Explanation =
        Explanation { name: Self::NAME, rule: "Defects always.", parameters: "", source: AXELROD_1984 };

    const ANSWERS_NOBODY: bool = true;
}

/// Cooperates with probability `p`, whatever happened.
///
/// Names: RANDOM, with p = 1/2 (Axelrod 1980).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Random {
    /// Probability of cooperation.
    pub p: f64,
}

impl Default for Random {
    fn default() -> Self {
        Self { p: 0.5 }
    }
}

impl MemoryOneRule for Random {
    const NAME: &'static str = "random";

    fn probability(&self, _: Recall) -> f64 {
        self.p
    }
}

impl ListedStrategy for Random {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates with probability p, whatever happened.",
        parameters: "p (default 0.5)",
        source: AXELROD_1980,
    };

    const ANSWERS_NOBODY: bool = true;

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}
