//! The Moran process, death–birth.

use super::fitness_map::{FitnessMap, Wheel};
use super::imitation::events_in_range;
use super::{Explanation, ListedUpdateRule};
use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::{AgentId, Event, Prospect, Society, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An agent drawn evenly dies, and its neighbours compete for its place in proportion to a function of their fitness.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct MoranDeathBirth {
    /// How likely a neighbour is to have the child that takes the place.
    pub fitness: FitnessMap,
    /// Deaths per generation, one after another.
    #[serde(default = "super::imitation::one")]
    pub deaths: u32,
}

impl UpdateRule for MoranDeathBirth {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        let Society { fitness, replacement } = *society;
        let mut events = Vec::with_capacity(self.deaths as usize);
        for _ in 0..self.deaths {
            let dead = rng.random_range(0..fitness.len());
            let child = AgentId(dead as u32);
            if replacement.degree(dead) == 0 {
                events.push(Event::Stay(child));
                continue;
            }
            // Relative to the fittest neighbour, not to the fittest of all: beside that one, others might vanish.
            let weights = self.fitness.weights(replacement.neighbours(dead).map(|beside| fitness[beside]))?;
            let parent = replacement.neighbour(dead, Wheel::new(&weights).draw(rng));
            events.push(Event::Birth { child, parent: AgentId(parent as u32) });
        }
        Ok(events)
    }

    fn events_at_most(&self, _: u64) -> u64 {
        self.deaths.into()
    }

    fn summary(&self) -> String {
        let times = if self.deaths == 1 { String::new() } else { format!(", {} deaths", self.deaths) };
        format!("death–birth, {}{times}", self.fitness.summary())
    }

    fn faults(&self, prospect: &Prospect) -> Vec<Fault> {
        let mut faults = self.fitness.faults(prospect);
        faults.extend(events_in_range(self.deaths, "deaths"));
        faults
    }
}

impl ListedUpdateRule for MoranDeathBirth {
    const EXPLANATION: Explanation = Explanation {
        name: "moran_death_birth",
        example: "MoranDeathBirth(fitness: Linear(0.1))",
        meaning: "Death and birth: an agent drawn evenly dies, and the parent of the child in its place is drawn among \
                  its neighbours, itself excluded, in proportion to their fitness (Raw), 1 - w + w * fitness \
                  (Linear(w)) or exp(strength * fitness) (Exponential(strength)).",
        source: "Ohtsuki, Hauert, Lieberman & Nowak 2006, A simple rule for the evolution of cooperation on graphs and \
                 social networks, Nature 441",
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
            agrees_with(&MoranDeathBirth { fitness: map, deaths: 20 }, |naive| {
                let mut happened = Vec::new();
                for _ in 0..20 {
                    let child = naive.number_below(naive.fitness.len());
                    let beside = naive.beside(child);
                    let parent = (!beside.is_empty()).then(|| naive.in_proportion(&beside, map));
                    happened.push(Happening { child, parent });
                }
                happened
            });
        }
    }

    #[test]
    fn without_selection_every_agent_is_as_likely_to_take_over() {
        let found = fixations(&MoranDeathBirth { fitness: FitnessMap::Exponential(0.0), deaths: 1 }, 4000);
        // One in twenty: standard error 0.0034.
        assert!((found - 0.05).abs() < 4.0 * 0.0034, "{found}");
    }
}
