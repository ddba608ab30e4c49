//! A star.

use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::Graph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One agent is next to every other, and the others are next to it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Star {}

impl ListedGraph for Star {
    const EXPLANATION: Explanation = Explanation {
        name: "star",
        example: "Star()",
        meaning: "One agent is next to every other, and the others are next to it alone.",
        source: "Lieberman, Hauert & Nowak 2005, Evolutionary dynamics on graphs, Nature 433",
    };

    fn graph(&self, agents: usize, _: &mut Stream) -> Result<Graph, String> {
        Ok(Graph::of(agents, &(1..agents as u32).map(|leaf| (0, leaf)).collect::<Vec<_>>()))
    }

    fn edges(&self, agents: u64) -> u64 {
        agents.saturating_sub(1)
    }

    fn faults(&self, _: u64) -> Vec<Fault> {
        Vec::new()
    }

    fn summary(&self) -> String {
        "a star".into()
    }
}
