//! Fairness and kindness together, on one scale.

use super::sources::DYADS;
use super::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView, inequality};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default share.
const BETA: f64 = 0.5;

/// Pays `beta` · equality, plus `1 - beta` for cooperating; equality is that of `virtue_equality`.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct VirtueMixed {
    /// Share of equality, 0 to 1.
    pub beta: f64,
}

impl Default for VirtueMixed {
    fn default() -> Self {
        Self { beta: BETA }
    }
}

impl MoralTerm for VirtueMixed {
    const NAME: &'static str = "virtue_mixed";

    fn reward(&self, round: &RoundView) -> f64 {
        let equality = 1.0 - inequality(round.payoffs);
        let kindness = if round.cooperated() { 1.0 } else { 0.0 };
        self.beta * equality + (1.0 - self.beta) * kindness
    }
}

impl ListedTerm for VirtueMixed {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "beta * equality + (1 - beta) * (1 if a_M cooperates; else 0)",
        meaning: "Equality (as in virtue_equality) and kindness on one scale.",
        source: DYADS,
        parameters: &[Parameter { name: "beta", default: BETA, meaning: "share of equality, 0 to 1" }],
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("beta", self.beta)]
    }
}
