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
        Self(society.replacement.is_complete().then(|| fittest(0..society.fitness.len(), society.fitness)))
    }

    /// The fittest neighbour of `focal`, one of equals drawn evenly; `None` if it does no better than `focal` does.
    fn beside(&self, society: &Society, focal: usize, rng: &mut Stream) -> Option<usize> {
        let own;
        let best = match &self.0 {
            Some(best) => best,
            None => {
                own = fittest(society.replacement.neighbours(focal), society.fitness);
                &own
            }
        };
        let first = *best.first()?;
        if society.fitness[first] <= society.fitness[focal] {
            return None;
        }
        Some(if best.len() == 1 { first } else { best[rng.random_range(0..best.len())] })
    }
}

/// Those of `agents` with the highest fitness.
fn fittest(agents: impl Iterator<Item = usize>, fitness: &[f64]) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::new();
    for agent in agents {
        match best.first().map(|first| fitness[agent].total_cmp(&fitness[*first])) {
            Some(std::cmp::Ordering::Less) => {}
            Some(std::cmp::Ordering::Equal) => best.push(agent),
            _ => best = vec![agent],
        }
    }
    best
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
