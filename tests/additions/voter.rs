//! The voter model: every agent may take over the traits of a neighbour, whatever both are paid.

use super::{Explanation, ListedUpdateRule};
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::{AgentId, Event, Society, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every agent takes over the traits of a neighbour drawn evenly, with a probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Voter {
    /// Probability that an agent takes over its neighbour's traits.
    pub chance: f64,
}

impl UpdateRule for Voter {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        let graph = society.replacement;
        let event = |focal: usize| {
            let child = AgentId(focal as u32);
            if rng.random::<f64>() >= self.chance || graph.degree(focal) == 0 {
                return Event::Stay(child);
            }
            let parent = graph.neighbour(focal, rng.random_range(0..graph.degree(focal)));
            Event::Birth { child, parent: AgentId(parent as u32) }
        };
        Ok((0..society.fitness.len()).map(event).collect())
    }

    fn summary(&self) -> String {
        format!("voter model, probability {}", self.chance)
    }
}

impl ListedUpdateRule for Voter {
    const EXPLANATION: Explanation = Explanation {
        name: "voter",
        example: "Voter(chance: 0.5)",
        meaning: "Every agent takes over the traits of a neighbour drawn evenly, with a probability.",
        source: "Holley & Liggett 1975, Ergodic theorems for weakly interacting infinite systems and the voter model, \
                 Annals of Probability 3",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("chance", self.chance)]
    }
}
