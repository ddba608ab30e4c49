//! The duty reversed: defect on those who cooperated.

use super::sources::POPULATIONS;
use super::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default prize.
const BONUS: f64 = 5.0;

/// Pays `bonus` for defecting after every co-player cooperated in the round the player saw before acting.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct MaliciousDeontological {
    /// Size of the prize, in units of reward.
    pub bonus: f64,
}

impl Default for MaliciousDeontological {
    fn default() -> Self {
        Self { bonus: BONUS }
    }
}

impl MoralTerm for MaliciousDeontological {
    const NAME: &'static str = "malicious_deontological";

    fn reward(&self, round: &RoundView) -> f64 {
        if !round.cooperated() && round.others_cooperated_before() { self.bonus } else { 0.0 }
    }
}

impl ListedTerm for MaliciousDeontological {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "bonus if a_M defects and every a_O cooperated; else 0",
        meaning: "A prize for defecting on those who all cooperated in the round that the player saw before acting.",
        source: POPULATIONS,
        parameters: &[Parameter { name: "bonus", default: BONUS, meaning: "size of the prize" }],
    };

    const OPPOSITE: Option<&'static str> = Some("Deontological(penalty: …)");

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("bonus", self.bonus)]
    }
}
