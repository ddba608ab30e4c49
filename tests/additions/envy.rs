//! The disadvantageous half of inequity aversion.

use super::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default aversion.
const ALPHA: f64 = 1.0;

/// Pays minus `alpha` times how much more the co-players got, on average.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Envy {
    /// Reward lost per unit by which a co-player's payoff is higher.
    pub alpha: f64,
}

impl Default for Envy {
    fn default() -> Self {
        Self { alpha: ALPHA }
    }
}

impl MoralTerm for Envy {
    const NAME: &'static str = "envy";

    fn reward(&self, round: &RoundView) -> f64 {
        let excess: f64 = round.payoffs.iter().map(|other| (other - round.own_payoff()).max(0.0)).sum();
        0.0 - self.alpha * excess / (round.payoffs.len() - 1) as f64
    }
}

impl ListedTerm for Envy {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "-alpha * mean of max(R_O - R_M, 0)",
        meaning: "A loss for having got less than others.",
        source: "Fehr & Schmidt 1999, A theory of fairness, competition, and cooperation, Q. J. Economics 114",
        parameters: &[Parameter { name: "alpha", default: ALPHA, meaning: "loss per unit of payoff" }],
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("alpha", self.alpha)]
    }
}
