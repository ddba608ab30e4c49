//! A member of the crate's group of plugins replaced: agents sit in a ring and meet their two neighbours alone.
//!
//! `SimPlugins` is a group; whatever is in it can be left out or replaced. Here the plugin that makes the matches is.
//!
//! Run it with `cargo run --release --example custom_matchmaking`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::matchmaking::MatchmakingPlugin;
use agora::prelude::*;
use agora::run::RunOptions;
use agora::world::schedule::PairSystems;
use agora::world::{LastMoves, Selections};

/// Seats every agent first in a match with its neighbour on the right.
struct Ring;

impl Plugin for Ring {
    fn build(&self, app: &mut App) {
        // What other plugins read of partner selection, of which there is none here.
        app.init_resource::<LastMoves>().init_resource::<Selections>();
        app.add_systems(Tick, meet_neighbours.in_set(PairSystems::Match));
    }
}

fn meet_neighbours(rules: Res<Rules>, roster: Res<Roster>, mut tournament: ResMut<Tournament>) {
    let agents = roster.0.len() as u32;
    let pairing = (0..agents).flat_map(|agent| [AgentId(agent), AgentId((agent + 1) % agents)]).collect();
    *tournament = Tournament::new(rules.game.seats(), pairing, roster.0.len());
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 3,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(20),
    populations: [
        (name: "kind", count: 4, policy: Scripted(TitForTat)),
        (name: "mean", count: 2, policy: Scripted(AlwaysDefect)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::of(SimPlugins.build().disable::<MatchmakingPlugin>().add(Ring));
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let finished = simulation.run_quietly(&scenario, &RunOptions::default())?;
    println!("{}", finished.summary.table());
    // The kind sit side by side, so three of the six matches are among them; in a round robin six of fifteen would be.
    let ledger = simulation.app.world().resource::<agora::world::Ledger>();
    assert_eq!((ledger.matches.len(), ledger.together.joint[0]), (6, 3 * 20));
    Ok(())
}
