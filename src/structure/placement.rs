//! Which agent sits at which vertex.

use crate::rng::Stream;
use crate::world::Graph;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which agent sits at which vertex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Placement {
    /// Agents are shuffled.
    #[default]
    Shuffled,
    /// Populations sit together: from a vertex that is drawn outwards, nearest first, in the order of the scenario.
    Clustered,
    /// In the order of the scenario: the first agent at vertex 0.
    AsListed,
}

impl Placement {
    /// The agent at each vertex of `graph`, by vertex.
    pub fn agents(self, graph: &Graph, rng: &mut Stream) -> Vec<u32> {
        let mut agents: Vec<u32> = (0..graph.len() as u32).collect();
        match self {
            Self::AsListed => {}
            Self::Shuffled => {
                for i in (1..agents.len()).rev() {
                    agents.swap(i, rng.random_range(0..=i));
                }
            }
            Self::Clustered => {
                let mut is_taken = vec![false; agents.len()];
                let start = rng.random_range(0..graph.len());
                let mut next = 0;
                // Other parts of a graph that is not connected follow, each from its first vertex on.
                for vertex in std::iter::once(start).chain(0..graph.len()) {
                    if is_taken[vertex] {
                        continue;
                    }
                    for site in graph.breadth_first(vertex) {
                        is_taken[site as usize] = true;
                        agents[site as usize] = next;
                        next += 1;
                    }
                }
            }
        }
        agents
    }
}
