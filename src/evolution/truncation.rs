//! Truncation selection.

use super::{Explanation, ListedUpdateRule};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use crate::rng::Stream;
use crate::world::{AgentId, Event, Prospect, Society, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The fittest share of all agents survives, and each of the others is replaced by a child of a survivor drawn evenly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Truncation {
    /// Share of the agents that survives, more than 0 and below 1; one agent at least.
    pub share: f64,
}

impl Truncation {
    /// How many of `agents` survive.
    fn survivors(&self, agents: usize) -> usize {
        ((self.share * agents as f64).round() as usize).clamp(1, agents)
    }
}

impl UpdateRule for Truncation {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        let fitness = society.fitness;
        // Equals are put in an order that is drawn: an agent's number is no merit.
        let lots: Vec<u64> = fitness.iter().map(|_| rng.random::<u64>()).collect();
        let mut ranked: Vec<usize> = (0..fitness.len()).collect();
        ranked.sort_by(|&a, &b| fitness[b].total_cmp(&fitness[a]).then(lots[a].cmp(&lots[b])).then(a.cmp(&b)));
        let (survivors, others) = ranked.split_at(self.survivors(fitness.len()));
        let mut children = others.to_vec();
        children.sort_unstable();
        let birth = |child: usize| Event::Birth {
            child: AgentId(child as u32),
            parent: AgentId(survivors[rng.random_range(0..survivors.len())] as u32),
        };
        Ok(children.into_iter().map(birth).collect())
    }

    fn at_once(&self) -> bool {
        true
    }

    fn summary(&self) -> String {
        format!("truncation, the best {} % survive", 100.0 * self.share)
    }

    fn faults(&self, prospect: &Prospect) -> Vec<Fault> {
        if prospect.is_complete {
            return Vec::new();
        }
        let message = "truncation ranks all agents, no matter who their neighbours are";
        vec![Fault::new("", message, "expected no graph of replacement, or another rule")]
    }
}

impl ListedUpdateRule for Truncation {
    const EXPLANATION: Explanation = Explanation {
        name: "truncation",
        example: "Truncation(share: 0.5)",
        meaning: "The fittest share of all agents survives, equals in an order that is drawn. Each of the others is \
                  replaced, at the same time, by a child of a survivor drawn evenly.",
        source: "Crow & Kimura 1979, Efficiency of truncation selection, PNAS 76",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("share", self.share, Range::Inside)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey, stream};
    use crate::world::Graph;

    fn events(share: f64, fitness: &[f64], seed: u64) -> Vec<Event> {
        let graph = Graph::Complete(fitness.len());
        let mut rng = stream(seed, Purpose::Evolution, StreamKey::default());
        Truncation { share }.events(&Society { fitness, replacement: &graph }, &mut rng).unwrap()
    }

    /// Ranks by picking the best that is left, again and again.
    #[test]
    fn it_does_what_the_plain_reference_does_with_the_same_draws() {
        for seed in 0..50 {
            let fitness: Vec<f64> = (0..12u64).map(|agent| ((agent * 7 + seed) % 5) as f64).collect();
            let mut rng = stream(seed, Purpose::Evolution, StreamKey::default());
            let lots: Vec<u64> = fitness.iter().map(|_| rng.random()).collect();
            let (mut left, mut survivors): (Vec<usize>, Vec<usize>) = ((0..12).collect(), Vec::new());
            while survivors.len() < 4 {
                let most = left.iter().map(|&agent| fitness[agent]).fold(f64::NEG_INFINITY, f64::max);
                let equals = left.iter().copied().filter(|&agent| fitness[agent] == most);
                let best = equals.min_by_key(|&agent| lots[agent]).unwrap();
                left.retain(|&agent| agent != best);
                survivors.push(best);
            }
            let expected: Vec<Event> = left
                .into_iter()
                .map(|child| {
                    let parent = survivors[rng.random_range(0..4usize)];
                    Event::Birth { child: AgentId(child as u32), parent: AgentId(parent as u32) }
                })
                .collect();
            assert_eq!(events(0.33, &fitness, seed), expected, "seed {seed}");
        }
    }

    #[test]
    fn one_survives_at_least_and_graphs_are_refused() {
        assert_eq!(events(0.01, &[1.0, 3.0, 2.0], 1).len(), 2);
        let prospect = Prospect { agents: 3, fitness_min: None, is_complete: false };
        assert_eq!(Truncation { share: 0.5 }.faults(&prospect).len(), 1);
    }
}
