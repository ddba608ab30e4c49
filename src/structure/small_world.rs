//! Small worlds.

use super::ring::{edges_of, faults_of};
use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::Graph;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A ring in which some edges lead elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SmallWorld {
    /// Neighbours of an agent in the ring: an even number.
    pub neighbours: u32,
    /// Probability that an edge leads elsewhere.
    pub rewired: f64,
}

impl ListedGraph for SmallWorld {
    const EXPLANATION: Explanation = Explanation {
        name: "small_world",
        example: "SmallWorld(neighbours: 4, rewired: 0.1)",
        meaning: "A ring in which the far end of each edge is, with a probability, moved to an agent drawn evenly among \
                  those that the near end is not next to.",
        source: "Watts & Strogatz 1998, Collective dynamics of 'small-world' networks, Nature 393",
    };

    fn graph(&self, agents: usize, rng: &mut Stream) -> Result<Graph, String> {
        let vertices = agents as u32;
        let mut edges: Vec<(u32, u32)> = edges_of(vertices, self.neighbours / 2).collect();
        let mut beside: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); agents];
        for &(a, b) in &edges {
            beside[a as usize].insert(b);
            beside[b as usize].insert(a);
        }
        for (a, b) in &mut edges {
            let (near, own) = (*a as usize, &beside[*a as usize]);
            if rng.random::<f64>() >= self.rewired || own.len() + 1 >= agents {
                continue;
            }
            // The place among those it is not next to, counted past those it is.
            let mut to = rng.random_range(0..vertices - 1 - own.len() as u32);
            let mut taken: Vec<u32> = own.iter().copied().chain([*a]).collect();
            taken.sort_unstable();
            for other in taken {
                to += u32::from(other <= to);
            }
            beside[near].remove(b);
            beside[*b as usize].remove(a);
            beside[near].insert(to);
            beside[to as usize].insert(*a);
            *b = to;
        }
        Ok(Graph::of(agents, &edges))
    }

    fn edges(&self, agents: u64) -> u64 {
        agents.saturating_mul(u64::from(self.neighbours / 2))
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        faults_of(self.neighbours, agents)
    }

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("rewired", self.rewired)]
    }

    fn summary(&self) -> String {
        format!("a small world, {} neighbours, {} rewired", self.neighbours, self.rewired)
    }
}
