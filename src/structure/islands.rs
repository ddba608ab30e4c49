//! Islands.

use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::Graph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Agents live on islands; on one island all are next to each other, and nobody is next to anyone elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Islands {
    /// Number of islands.
    pub count: u32,
}

/// The island of each of `vertices` vertices on `count` islands: the one of number i begins with the vertex
/// ⌊i · vertices / count⌋.
fn of_each(vertices: usize, count: u32) -> impl Iterator<Item = u32> {
    let (all, count) = (vertices as u64, u64::from(count));
    (1..=all).map(move |number| ((number * count - 1) / all) as u32)
}

impl ListedGraph for Islands {
    const EXPLANATION: Explanation = Explanation {
        name: "islands",
        example: "Islands(count: 4)",
        meaning: "Agents live on islands of equal size, or of sizes that differ by one. On an island every agent is next \
                  to every other, and nobody is next to anyone elsewhere. `evolution: (migration: …)` lets agents \
                  change places between them.",
        source: "Wright 1931, Evolution in Mendelian populations, Genetics 16 (the island model)",
    };

    fn graph(&self, agents: usize, _: &mut Stream) -> Result<Graph, String> {
        let of: Vec<u32> = of_each(agents, self.count).collect();
        let of = &of;
        let later = |a: u32| (a + 1..of.len() as u32).take_while(move |b| of[*b as usize] == of[a as usize]);
        Ok(Graph::of(agents, &(0..agents as u32).flat_map(|a| later(a).map(move |b| (a, b))).collect::<Vec<_>>()))
    }

    fn edges(&self, agents: u64) -> u64 {
        let count = u64::from(self.count.max(1));
        let (size, larger) = (agents / count, agents % count);
        let pairs = |size: u64| size.saturating_mul(size.saturating_sub(1)) / 2;
        let of = |islands: u64, size: u64| islands.saturating_mul(pairs(size));
        of(larger, size + 1).saturating_add(of(count - larger, size))
    }

    fn faults(&self, agents: u64) -> Vec<Fault> {
        let count = u64::from(self.count);
        let (message, expected) = match count {
            0 | 1 => (
                format!("a count of {count} makes no islands"),
                "expected at least 2; one island is a well-mixed population".to_owned(),
            ),
            _ if agents / count < 2 => (
                format!("{agents} agents on {count} islands"),
                "expected at least 2 on each: an agent alone has nobody to play with, and inherits from nobody"
                    .to_owned(),
            ),
            _ => return Vec::new(),
        };
        vec![Fault::new(".count", message, expected)]
    }

    fn island_of_each(&self, vertices: usize) -> Option<Vec<u32>> {
        Some(of_each(vertices, self.count).collect())
    }

    fn summary(&self) -> String {
        format!("{} islands", self.count)
    }
}
