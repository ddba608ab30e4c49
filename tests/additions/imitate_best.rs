//! Imitation of the best: every agent takes over the traits of the best.

use super::{Explanation, ListedUpdateRule};
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::{AgentId, Birth, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every agent takes over the traits of the fittest agent, with a probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ImitateBest {
    /// Probability that an agent imitates.
    pub chance: f64,
}

impl UpdateRule for ImitateBest {
    fn births(&self, fitness: &[f64], rng: &mut Stream) -> Vec<Birth> {
        let best = (0..fitness.len()).max_by(|&a, &b| fitness[a].total_cmp(&fitness[b])).unwrap_or(0);
        let imitators = (0..fitness.len()).filter(|_| rng.random::<f64>() < self.chance);
        imitators.map(|child| Birth { child: AgentId(child as u32), parent: AgentId(best as u32) }).collect()
    }

    fn summary(&self) -> String {
        format!("all imitate the best with probability {}", self.chance)
    }
}

impl ListedUpdateRule for ImitateBest {
    const EXPLANATION: Explanation = Explanation {
        name: "imitate_best",
        example: "ImitateBest(chance: 0.5)",
        meaning: "Every agent takes over the strategy of the fittest agent, with a probability.",
        source: "Nowak & May 1992, Evolutionary games and spatial chaos, Nature 359",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("chance", self.chance)]
    }
}
