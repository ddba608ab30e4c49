//! A matchmaker of one's own: agents sit in a ring and meet their neighbours alone.
//!
//! A scenario names it as `matchmaking: Custom(name: "ring", params: (distance: 2))`. Run it with
//! `cargo run --release --example custom_matchmaking`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::run::RunOptions;

/// Seats every agent first in a match with each of its next neighbours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ring {
    /// How many neighbours on the right an agent meets.
    distance: u32,
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

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 3,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(20),
    matchmaking: Custom(name: "ring", params: (distance: 1)),
    populations: [
        (name: "kind", count: 4, policy: Scripted(TitForTat)),
        (name: "mean", count: 2, policy: Scripted(AlwaysDefect)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::new();
    simulation.app.add_matchmaker("ring", "Agents in a ring meet their neighbours.", |ring: Ring| Ok(ring));
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    // The kind sit side by side, so three of the six matches are among them; in a round robin six of fifteen would be.
    let ledger = simulation.app.world().resource::<agora::world::Ledger>();
    assert_eq!((ledger.matches.len(), ledger.joint[0]), (6, 3 * 20));
    Ok(())
}
