//! The Moran process, birth–death.

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

/// A parent is drawn in proportion to a function of its fitness, and its child replaces an agent drawn evenly: any, the
/// parent included, where all are neighbours; else a neighbour of the parent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Moran {
    /// How likely an agent is to have offspring.
    pub fitness: FitnessMap,
    /// Births per generation, one after another.
    #[serde(default = "super::imitation::one")]
    pub births: u32,
}

impl UpdateRule for Moran {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        let Society { fitness, replacement } = *society;
        let wheel = Wheel::new(&self.fitness.weights(fitness.iter().copied())?);
        let birth = |_| {
            let parent = wheel.draw(rng);
            let child = match replacement.degree(parent) {
                _ if replacement.is_complete() => rng.random_range(0..fitness.len()),
                // Without neighbours, there is only the parent's own place.
                0 => parent,
                degree => replacement.neighbour(parent, rng.random_range(0..degree)),
            };
            Event::Birth { child: AgentId(child as u32), parent: AgentId(parent as u32) }
        };
        Ok((0..self.births).map(birth).collect())
    }

    fn events_at_most(&self, _: u64) -> u64 {
        self.births.into()
    }

    fn summary(&self) -> String {
        let times = if self.births == 1 { String::new() } else { format!(", {} births", self.births) };
        format!("Moran birth–death, {}{times}", self.fitness.summary())
    }

    fn faults(&self, prospect: &Prospect) -> Vec<Fault> {
        let mut faults = self.fitness.faults(prospect);
        faults.extend(events_in_range(self.births, "births"));
        faults
    }
}

impl ListedUpdateRule for Moran {
    const EXPLANATION: Explanation = Explanation {
        name: "moran",
        example: "Moran(fitness: Exponential(0.1))",
        meaning: "Birth and death: a parent is drawn in proportion to its fitness (Raw), 1 - w + w * fitness (Linear(w)) \
                  or exp(strength * fitness) (Exponential(strength)). Its child replaces an agent drawn evenly: any, \
                  the parent included, where all are neighbours; else a neighbour of the parent.",
        source: "Nowak, Sasaki, Taylor & Fudenberg 2004, Emergence of cooperation and evolutionary stability in \
                 finite populations, Nature 428; exponential fitness as in Traulsen, Shoresh & Nowak 2008; on graphs as \
                 in Lieberman, Hauert & Nowak 2005, Evolutionary dynamics on graphs, Nature 433",
    };

    fn numbers(&self) -> Vec<Number> {
        self.fitness.numbers()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolution::testing::{Happening, agrees_with, fixations, fixations_of};

    const ONE: Moran = Moran { fitness: FitnessMap::Exponential(0.1), births: 1 };

    #[test]
    fn it_fixes_as_often_as_fermis_rule_at_the_same_strength() {
        // T⁻/T⁺ = exp(−β (f_I − f_R)) in both, so the probability is the same: 0.1811392429.
        let found = fixations(&ONE, 4000);
        assert!((found - 0.181_139_242_9).abs() < 4.0 * 0.0061, "{found}");
    }

    #[test]
    fn tit_for_tat_takes_over_as_often_as_the_closed_forms_of_raw_and_linear_fitness_say() {
        // Tit for tat into always defect, means over 200 turns, N = 20. Standard errors over 4,000: 0.0062 and 0.0042.
        let rows = [[3.0, 0.995], [1.02, 1.0]];
        let raw = fixations_of(&Moran { fitness: FitnessMap::Raw, ..ONE }, rows, 4000);
        assert!((raw - 0.187_612_983_5).abs() < 4.0 * 0.0062, "{raw}");
        let linear = fixations_of(&Moran { fitness: FitnessMap::Linear(0.1), ..ONE }, rows, 4000);
        assert!((linear - 0.077_672_087_1).abs() < 4.0 * 0.0042, "{linear}");
    }

    #[test]
    fn it_does_what_the_plain_reference_does_with_the_same_draws() {
        for map in [FitnessMap::Raw, FitnessMap::Linear(0.3), FitnessMap::Exponential(0.7)] {
            agrees_with(&Moran { fitness: map, births: 20 }, |naive| {
                let mut happened = Vec::new();
                for _ in 0..20 {
                    let all: Vec<usize> = (0..naive.fitness.len()).collect();
                    let parent = naive.in_proportion(&all, map);
                    let places = if naive.is_complete { all } else { naive.beside(parent) };
                    let child = places[naive.number_below(places.len())];
                    happened.push(Happening { child, parent: Some(parent) });
                }
                happened
            });
        }
    }

    #[test]
    fn negative_fitness_is_refused_when_it_is_met_and_when_it_can_be_foreseen() {
        let raw = Moran { fitness: FitnessMap::Raw, births: 1 };
        let prospect = |least| Prospect { agents: 5, fitness_min: Some(least), is_complete: true };
        assert!(raw.faults(&prospect(-1.0))[0].message.contains("as low as -1"));
        assert!(raw.faults(&prospect(0.0)).is_empty());
        assert!(ONE.faults(&prospect(-1.0)).is_empty());
        let graph = crate::world::Graph::Complete(2);
        let society = Society { fitness: &[-0.5, 1.0], replacement: &graph };
        let rng = &mut crate::rng::stream(1, crate::rng::Purpose::Evolution, crate::rng::StreamKey::default());
        assert!(raw.events(&society, rng).unwrap_err().contains("a fitness is -0.5"));
    }
}
