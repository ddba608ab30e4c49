//! The virtue of kindness: cooperate, whatever the others do.

use super::sources::DYADS;
use super::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default prize.
const BONUS: f64 = 5.0;

/// Pays `bonus` for cooperating.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct VirtueKindness {
    /// Size of the prize, in units of reward.
    pub bonus: f64,
}

impl Default for VirtueKindness {
    fn default() -> Self {
        Self { bonus: BONUS }
    }
}

impl MoralTerm for VirtueKindness {
    const NAME: &'static str = "virtue_kindness";

    fn reward(&self, round: &RoundView) -> f64 {
        if round.cooperated() { self.bonus } else { 0.0 }
    }
}

impl ListedTerm for VirtueKindness {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "bonus if a_M cooperates; else 0",
        meaning: "A prize for cooperating, whatever the co-players do.",
        source: DYADS,
        parameters: &[Parameter { name: "bonus", default: BONUS, meaning: "size of the prize" }],
    };

    const OPPOSITE: Option<&'static str> = Some("VirtueAggression(bonus: …)");

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("bonus", self.bonus)]
    }
}
