//! A matchmaker of your own: a star, in which all other agents meet the agents at its centre and no one else.
//!
//! A scenario names it as `matchmaking: Custom(name: "star", params: (centre: "mean"))`. Run it with
//! `cargo run --release --example custom_matchmaking`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::run::RunOptions;
use std::collections::BTreeSet;

/// Seats every agent outside the centre first, in a match with each agent at the centre.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Star {
    /// The population at the centre.
    centre: String,
}

impl Matchmaker for Star {
    fn pair(&self, people: &People, _: usize, _: &mut Stream) -> Vec<AgentId> {
        let centre = people.members(&self.centre);
        let rim = people.all().iter().filter(|agent| !centre.contains(agent));
        rim.flat_map(|&agent| centre.iter().flat_map(move |&hub| [agent, hub])).collect()
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        let centre = sizes.of(&self.centre);
        centre.saturating_mul(sizes.agents() - centre)
    }

    fn seats_of(&self, sizes: &Sizes, _: u64, population: usize) -> f64 {
        let centre = sizes.of(&self.centre);
        if sizes.name(population) == self.centre { (sizes.agents() - centre) as f64 } else { centre as f64 }
    }

    fn met_by(&self, sizes: &Sizes, own: usize) -> BTreeSet<usize> {
        let is_centre = |population: usize| sizes.name(population) == self.centre;
        (0..sizes.populations()).filter(|&other| is_centre(other) != is_centre(own)).collect()
    }

    fn seats_two(&self) -> Option<&'static str> {
        Some("rays")
    }

    fn summary(&self) -> String {
        format!("a star around {}", self.centre)
    }

    fn names(&self) -> Vec<(String, &str)> {
        vec![(".params.centre".into(), &self.centre)]
    }
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 3,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(20),
    matchmaking: Custom(name: "star", params: (centre: "mean")),
    populations: [
        (name: "kind", count: 4, policy: Scripted(TitForTat)),
        (name: "mean", count: 2, policy: Scripted(AlwaysDefect)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::new();
    simulation.app.add_matchmaker("star", "Everyone meets those at the centre.", |star: Star| Ok(star));
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    // No kind agent meets another: after the first round of each of the eight matches, all agents defect.
    let ledger = simulation.app.world().resource::<agora::world::Ledger>();
    assert_eq!((ledger.matches.len(), ledger.together.joint), (8, [0, 8, 0, 8 * 19]));
    Ok(())
}
