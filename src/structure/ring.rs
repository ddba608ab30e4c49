//! A ring.

use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::Graph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Agents sit in a ring, next to the nearest on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Ring {
    /// Neighbours of an agent, half of them on either side: an even number.
    pub neighbours: u32,
}

/// The edges of a ring of `agents` vertices, each next to the `reach` nearest on both sides.
pub(super) fn edges_of(agents: u32, reach: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..agents).flat_map(move |a| (1..=reach).map(move |step| (a, (a + step) % agents)))
}

/// What is wrong with a ring in which every one of `agents` agents has this number of neighbours.
pub(super) fn faults_of(neighbours: u32, agents: u64) -> Vec<Fault> {
    let message = format!("{neighbours} neighbours in a ring of {agents} agents");
    if neighbours < 2 || !neighbours.is_multiple_of(2) {
        return vec![Fault::new(".neighbours", message, "expected an even number of at least 2")];
    }
    // With as many as there are others, the two sides would meet.
    match u64::from(neighbours) < agents {
        true => Vec::new(),
        false => vec![Fault::new(".neighbours", message, "expected fewer than there are agents")],
    }
}

impl ListedGraph for Ring {
    const EXPLANATION: Explanation = Explanation {
        name: "ring",
        example: "Ring(neighbours: 2)",
        meaning: "Agents sit in a ring, each next to the nearest on both sides.",
        source: "",
    };

    fn graph(&self, agents: usize, _: &mut Stream) -> Result<Graph, String> {
        Ok(Graph::of(agents, &edges_of(agents as u32, self.neighbours / 2).collect::<Vec<_>>()))
    }

    fn edges(&self, agents: u64) -> u64 {
        agents.saturating_mul(u64::from(self.neighbours / 2))
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        faults_of(self.neighbours, agents)
    }

    fn summary(&self) -> String {
        format!("a ring, {} neighbours", self.neighbours)
    }
}
