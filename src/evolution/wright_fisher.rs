//! The Wright–Fisher process.

use super::fitness_map::{FitnessMap, Wheel};
use super::{Explanation, ListedUpdateRule};
use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::{AgentId, Event, Prospect, Society, UpdateRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every agent is replaced at the same time by a child whose parent is drawn in proportion to a function of its
/// fitness.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct WrightFisher {
    /// How likely an agent is to have offspring.
    pub fitness: FitnessMap,
}

impl UpdateRule for WrightFisher {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        let Society { fitness, replacement } = *society;
        let born =
            |child: usize, parent: usize| Event::Birth { child: AgentId(child as u32), parent: AgentId(parent as u32) };
        if replacement.is_complete() {
            let wheel = Wheel::new(&self.fitness.weights(fitness.iter().copied())?);
            return Ok((0..fitness.len()).map(|child| born(child, wheel.draw(rng))).collect());
        }
        let mut events = Vec::with_capacity(fitness.len());
        for child in 0..fitness.len() {
            let parents: Vec<usize> = std::iter::once(child).chain(replacement.neighbours(child)).collect();
            let weights = self.fitness.weights(parents.iter().map(|&parent| fitness[parent]))?;
            events.push(born(child, parents[Wheel::new(&weights).draw(rng)]));
        }
        Ok(events)
    }

    fn at_once(&self) -> bool {
        true
    }

    fn summary(&self) -> String {
        format!("Wright–Fisher, {}", self.fitness.summary())
    }

    fn faults(&self, prospect: &Prospect) -> Vec<Fault> {
        self.fitness.faults(prospect)
    }
}

impl ListedUpdateRule for WrightFisher {
    const EXPLANATION: Explanation = Explanation {
        name: "wright_fisher",
        example: "WrightFisher(fitness: Exponential(1.0))",
        meaning: "Every agent is replaced at the same time by a child. Parents are drawn, with replacement, in proportion \
                  to fitness (Raw), 1 - w + w * fitness (Linear(w)) or exp(strength * fitness) \
                  (Exponential(strength)): among all agents where all are neighbours; else each child's among the agent \
                  in its place and that one's neighbours.",
        source: "Imhof & Nowak 2006, Evolutionary game dynamics in a Wright-Fisher process, J. Mathematical Biology 52",
    };

    fn numbers(&self) -> Vec<Number> {
        self.fitness.numbers()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolution::testing::{Happening, agrees_with, fixations};

    #[test]
    fn it_does_what_the_plain_reference_does_with_the_same_draws() {
        for map in [FitnessMap::Raw, FitnessMap::Linear(0.3), FitnessMap::Exponential(0.7)] {
            agrees_with(&WrightFisher { fitness: map }, |naive| {
                let agents = naive.fitness.len();
                let all: Vec<usize> = (0..agents).collect();
                let parents = |naive: &Naive, child: usize| match naive.is_complete {
                    true => all.clone(),
                    false => [vec![child], naive.beside(child)].concat(),
                };
                (0..agents)
                    .map(|child| {
                        let parents = parents(naive, child);
                        Happening { child, parent: Some(naive.in_proportion(&parents, map)) }
                    })
                    .collect()
            });
        }
    }
    use crate::evolution::testing::Naive;

    #[test]
    fn without_selection_every_agent_is_as_likely_to_take_over() {
        let found = fixations(&WrightFisher { fitness: FitnessMap::Linear(0.0) }, 4000);
        // One in twenty: standard error 0.0034.
        assert!((found - 0.05).abs() < 4.0 * 0.0034, "{found}");
    }
}
