//! Scale-free graphs.

use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::Graph;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Agents come one after another and are joined to those who have many neighbours already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ScaleFree {
    /// Edges that each agent brings along.
    pub joins: u32,
}

impl ListedGraph for ScaleFree {
    const EXPLANATION: Explanation = Explanation {
        name: "scale_free",
        example: "ScaleFree(joins: 2)",
        meaning: "The first agents, one more than `joins`, are all next to each other. Each later one is joined to \
                  `joins` different earlier ones, drawn in proportion to the neighbours that they have.",
        source: "Barabási & Albert 1999, Emergence of scaling in random networks, Science 286",
    };

    fn graph(&self, agents: usize, rng: &mut Stream) -> Result<Graph, String> {
        let (first, joins) = (self.joins + 1, self.joins as usize);
        let mut edges: Vec<(u32, u32)> = (0..first).flat_map(|a| (a + 1..first).map(move |b| (a, b))).collect();
        // Every end of every edge: one drawn evenly is a vertex in proportion to its neighbours.
        let mut ends: Vec<u32> = edges.iter().flat_map(|&(a, b)| [a, b]).collect();
        let mut chosen = Vec::with_capacity(joins);
        for new in first..agents as u32 {
            chosen.clear();
            // Of the vertices that are there, one at least is not chosen yet.
            while chosen.len() < joins {
                let vertex = ends[rng.random_range(0..ends.len())];
                if !chosen.contains(&vertex) {
                    chosen.push(vertex);
                }
            }
            for &vertex in &chosen {
                edges.push((vertex, new));
                ends.extend([vertex, new]);
            }
        }
        Ok(Graph::of(agents, &edges))
    }

    fn edges(&self, agents: u64) -> u64 {
        let joins = u64::from(self.joins);
        let later = agents.saturating_sub(joins + 1);
        (joins * (joins + 1) / 2).saturating_add(later.saturating_mul(joins))
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        let joins = u64::from(self.joins);
        match (1..=JOINS_MAX).contains(&self.joins) && joins < agents {
            true => Vec::new(),
            false => {
                let message = format!("{joins} edges from each of {agents} agents");
                let expected = format!("expected 1 to {JOINS_MAX}, and fewer than there are agents");
                vec![Fault::new(".joins", message, expected)]
            }
        }
    }

    fn summary(&self) -> String {
        format!("a scale-free graph, {} edges per agent", self.joins)
    }
}

/// Most edges that an agent brings along: those drawn already are looked through each time.
const JOINS_MAX: u32 = 1000;
