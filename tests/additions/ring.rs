//! A ring: every agent meets its neighbours.

use super::{Explanation, ListedMatchmaker};
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every agent with its nearest neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Ring {
    /// Neighbours on one side.
    pub distance: u32,
}

impl Matchmaker for Ring {
    fn pair(&self, people: &People, _: usize, _: &mut Stream) -> Vec<AgentId> {
        let (all, n) = (people.all(), people.all().len());
        let neighbours = |i: usize| (1..=self.distance as usize).flat_map(move |step| [all[i], all[(i + step) % n]]);
        (0..n).flat_map(neighbours).collect()
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        sizes.agents().saturating_mul(self.distance.into())
    }

    fn seats_two(&self) -> Option<&'static str> {
        Self::SEATS_TWO
    }

    fn summary(&self) -> String {
        format!("a ring, {} neighbours on either side", self.distance)
    }
}

impl ListedMatchmaker for Ring {
    const EXPLANATION: Explanation = Explanation {
        name: "ring",
        example: "Ring(distance: 1)",
        meaning: "Every agent meets its next neighbours in a ring.",
        source: "Nowak & May 1992, Evolutionary games and spatial chaos, Nature 359",
    };

    const SEATS_TWO: Option<&'static str> = Some("neighbours");
}
