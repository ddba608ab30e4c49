//! Every agent is next to every other.

use super::{Explanation, ListedGraph};
use crate::fault::Fault;
use crate::rng::Stream;
use crate::world::Graph;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every agent is next to every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct WellMixed {}

impl ListedGraph for WellMixed {
    const EXPLANATION: Explanation = Explanation {
        name: "well_mixed",
        example: "WellMixed()",
        meaning: "Every agent is next to every other, as without a structure.",
        source: "",
    };

    const KEEPS_EDGES: bool = false;

    fn graph(&self, agents: usize, _: &mut Stream) -> Result<Graph, String> {
        Ok(Graph::Complete(agents))
    }

    fn edges(&self, agents: u64) -> u64 {
        agents.saturating_mul(agents.saturating_sub(1)) / 2
    }

    fn faults(&self, _: u64) -> Vec<Fault> {
        Vec::new()
    }

    fn summary(&self) -> String {
        "well mixed".into()
    }
}
