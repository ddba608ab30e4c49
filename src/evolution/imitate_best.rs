//! Imitation of the best neighbour.

use super::imitation::Pace;
use super::{Explanation, ListedUpdateRule};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::{Event, Prospect, Society, UpdateRule};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An agent takes over the traits of the fittest of its neighbours, if that one does better than it does itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct ImitateBest {
    /// Comparisons per generation, one after another, with `synchronous: false`.
    pub comparisons: u32,
    /// Every agent looks at its neighbours at the same time, in place of `comparisons`.
    pub synchronous: bool,
}

impl Default for ImitateBest {
    fn default() -> Self {
        Self { comparisons: 1, synchronous: true }
    }
}

impl ImitateBest {
    fn pace(&self) -> Pace {
        Pace { comparisons: self.comparisons, synchronous: self.synchronous }
    }
}

impl UpdateRule for ImitateBest {
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String> {
        let best = Best::of(society);
        Ok(self.pace().events(society, rng, |focal, rng| best.beside(society, focal, rng)))
    }

    fn at_once(&self) -> bool {
        self.synchronous
    }

    fn events_at_most(&self, agents: u64) -> u64 {
        self.pace().events_at_most(agents)
    }

    fn summary(&self) -> String {
        format!("imitate the best{}", self.pace().summary())
    }

    fn faults(&self, _: &Prospect) -> Vec<Fault> {
        self.pace().faults()
    }
}

/// The fittest of all, where all are neighbours: looked for once, not by every agent.
struct Best(Option<Vec<usize>>);

impl Best {
    fn of(society: &Society) -> Self {
        let fitness = society.fitness;
        let all = || match fittest(0..fitness.len(), fitness) {
            Some((best, _)) => (0..fitness.len()).filter(|&agent| is_equal(fitness[agent], best)).collect(),
            None => Vec::new(),
        };
        Self(society.replacement.is_complete().then(all))
    }

    /// The fittest neighbour of `focal`, one of equals drawn evenly; `None` if it does no better than `focal` does.
    fn beside(&self, society: &Society, focal: usize, rng: &mut Stream) -> Option<usize> {
        let Society { fitness, replacement } = *society;
        let (best, count) = match &self.0 {
            Some(all) => (fitness[*all.first()?], all.len()),
            None => fittest(replacement.neighbours(focal), fitness)?,
        };
        if best <= fitness[focal] {
            return None;
        }
        let number = if count == 1 { 0 } else { rng.random_range(0..count) };
        match &self.0 {
            Some(all) => Some(all[number]),
            None => replacement.neighbours(focal).filter(|&agent| is_equal(fitness[agent], best)).nth(number),
        }
    }
}

/// The highest fitness among `agents`, and how many of them have it; `None` if there are none.
fn fittest(agents: impl Iterator<Item = usize>, fitness: &[f64]) -> Option<(f64, usize)> {
    let mut best: Option<(f64, usize)> = None;
    for agent in agents {
        let own = fitness[agent];
        match &mut best {
            Some((highest, _)) if own.total_cmp(highest).is_lt() => {}
            Some((highest, count)) if is_equal(own, *highest) => *count += 1,
            _ => best = Some((own, 1)),
        }
    }
    best
}

fn is_equal(a: f64, b: f64) -> bool {
    a.total_cmp(&b).is_eq()
}

impl ListedUpdateRule for ImitateBest {
    const EXPLANATION: Explanation = Explanation {
        name: "imitate_best",
        example: "ImitateBest()",
        meaning: "Every agent takes over the traits of its fittest neighbour, one of equals drawn evenly, if that one's \
                  fitness is higher than its own.",
        source: "Nowak & May 1992, Evolutionary games and spatial chaos, Nature 359",
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolution::testing::{Naive, agrees_with};

    #[test]
    fn it_does_what_the_plain_reference_does_with_the_same_draws() {
        let naive = |naive: &mut Naive, focal: usize| {
            let beside = naive.beside(focal);
            let most = beside.iter().map(|&agent| naive.fitness[agent]).fold(f64::NEG_INFINITY, f64::max);
            let best: Vec<usize> = beside.into_iter().filter(|&agent| naive.fitness[agent] == most).collect();
            match best.len() {
                _ if most <= naive.fitness[focal] => None,
                0 => None,
                1 => Some(best[0]),
                several => Some(best[naive.number_below(several)]),
            }
        };
        for synchronous in [false, true] {
            let comparisons = if synchronous { 1 } else { 30 };
            agrees_with(&ImitateBest { comparisons, synchronous }, |society| {
                society.imitate(comparisons, synchronous, naive)
            });
        }
    }
}
