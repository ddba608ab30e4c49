//! A matchmaker: agents in a ring meet only their neighbours, as in spatial games (Nowak and May 1992).

use agora::prelude::*;

/// Seats every agent first in a match with each of its nearest neighbours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ring {
    /// How many neighbours on the right an agent meets.
    #[serde(default = "one")]
    distance: u32,
}

fn one() -> u32 {
    1
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
        Some("neighbours")
    }

    fn summary(&self) -> String {
        format!("a ring, {} neighbours on either side", self.distance)
    }

    fn faults(&self, sizes: &Sizes) -> Vec<Fault> {
        if (1..sizes.agents().div_ceil(2)).contains(&self.distance.into()) {
            return Vec::new();
        }
        let message = format!("{} agents have no ring with {} neighbours", sizes.agents(), self.distance);
        vec![Fault::new(".params.distance", message, "expected at least 1, and fewer than half the agents")]
    }
}

/// Offers the matchmaker.
pub fn plugin(app: &mut App) {
    app.add_matchmaker("ring", "Agents in a ring meet their neighbours.", |ring: Ring| Ok(ring));
}
