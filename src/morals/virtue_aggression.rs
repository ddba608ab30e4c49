//! The virtue of kindness reversed: defect, whatever the others do.

use super::sources::POPULATIONS;
use super::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default prize.
const BONUS: f64 = 5.0;

/// Pays `bonus` for defecting.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct VirtueAggression {
    /// Size of the prize, in units of reward.
    pub bonus: f64,
}

impl Default for VirtueAggression {
    fn default() -> Self {
        Self { bonus: BONUS }
    }
}

impl MoralTerm for VirtueAggression {
    const NAME: &'static str = "virtue_aggression";

    fn reward(&self, round: &RoundView) -> f64 {
        if round.cooperated() { 0.0 } else { self.bonus }
    }
}

impl ListedTerm for VirtueAggression {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "bonus if a_M defects; else 0",
        meaning: "A prize for defecting, whatever the co-players do.",
        source: POPULATIONS,
        parameters: &[Parameter { name: "bonus", default: BONUS, meaning: "size of the prize" }],
    };

    const OPPOSITE: Option<&'static str> = Some("VirtueKindness(bonus: …)");

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("bonus", self.bonus)]
    }
}
