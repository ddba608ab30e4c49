//! Conditional duty: do not defect on those who cooperated.

use super::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default fine.
const PENALTY: f64 = 3.0;

/// Fines the player `penalty` for defecting after every co-player cooperated in the round it saw before acting.
///
/// It pays nothing otherwise: it never rewards cooperation and demands nothing after a defection. It judges by what the
/// player saw, including a made-up opening.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Deontological {
    /// Size of the fine, in units of reward.
    pub penalty: f64,
}

impl Default for Deontological {
    fn default() -> Self {
        Self { penalty: PENALTY }
    }
}

impl MoralTerm for Deontological {
    const NAME: &'static str = "deontological";

    fn reward(&self, round: &RoundView) -> f64 {
        if !round.cooperated() && round.others_cooperated_before() { -self.penalty } else { 0.0 }
    }
}

impl ListedTerm for Deontological {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "-penalty if a_M defects and every a_O cooperated; else 0",
        meaning: "A fine for defecting on those who all cooperated in the round that the player saw before acting, \
             a made-up opening included. It rewards nothing and asks nothing after a defection.",
        source: "Tennant, Hailes & Musolesi 2023 (IJCAI), arXiv 2301.08491, Table 2 (penalty 5); \
             for LLM agents Tennant, Hailes & Musolesi 2025 (ICLR), arXiv 2410.01639, Table 1 (penalty 3)",
        parameters: &[Parameter { name: "penalty", default: PENALTY, meaning: "size of the fine" }],
    };

    const OPPOSITE: Option<&'static str> = Some("MaliciousDeontological(bonus: …)");

    const SUPPOSES_DILEMMA: bool = true;

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("penalty", self.penalty)]
    }
}
