//! The Moran process, birth–death, with exponential fitness.

use super::{Explanation, ListedUpdateRule};
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::{AgentId, Birth, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A parent is drawn in proportion to e^(β f), and its child replaces an agent drawn evenly, perhaps the parent itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Moran {
    /// Strength of selection β, per unit of payoff; 0 is neutral drift.
    pub strength: f64,
}

impl UpdateRule for Moran {
    fn births(&self, fitness: &[f64], rng: &mut Stream) -> Vec<Birth> {
        // The greatest exponent is 0, so that no sum overflows.
        let greatest = fitness.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = fitness.iter().map(|f| (self.strength * (f - greatest)).exp()).collect();
        let mut rest = rng.random::<f64>() * weights.iter().sum::<f64>();
        // Rounding may leave a hair after the last weight; the last agent takes it.
        let chosen = weights.iter().position(|weight| {
            rest -= weight;
            rest < 0.0
        });
        let parent = chosen.unwrap_or(fitness.len() - 1);
        let child = rng.random_range(0..fitness.len());
        vec![Birth { child: AgentId(child as u32), parent: AgentId(parent as u32) }]
    }

    fn summary(&self) -> String {
        format!("Moran, strength {}", self.strength)
    }
}

impl ListedUpdateRule for Moran {
    const EXPLANATION: Explanation = Explanation {
        name: "moran",
        example: "Moran(strength: 0.1)",
        meaning: "Birth and death: a parent is drawn in proportion to exp(strength * f), where f is fitness, and its \
                  child replaces an agent drawn evenly, perhaps the parent itself.",
        source: "Nowak, Sasaki, Taylor & Fudenberg 2004, Emergence of cooperation and evolutionary stability in \
                 finite populations, Nature 428; exponential fitness as in Traulsen, Shoresh & Nowak 2008",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::not_negative("strength", self.strength)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolution::testing::fixations;

    #[test]
    fn it_fixes_as_often_as_fermis_rule_at_the_same_strength() {
        // T⁻/T⁺ = exp(−β (f_I − f_R)) in both, so the probability is the same: 0.1811392429.
        let found = fixations(&Moran { strength: 0.1 }, 4000);
        assert!((found - 0.181_139_242_9).abs() < 4.0 * 0.0061, "{found}");
    }
}
