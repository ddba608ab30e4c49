//! A column of your own: the largest payoff that an agent got in a round.
//!
//! An agent's account holds sums; anything else is computed by a system of the plugin, in a component that the column
//! reads.
//!
//! Run it with `cargo run --release --example custom_column`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use agora::prelude::*;
use agora::run::RunOptions;

/// The largest payoff of a round of the tick.
#[derive(Component)]
struct Best(f64);

fn forget(mut commands: Commands, roster: Res<Roster>) {
    for &agent in &roster.0 {
        commands.entity(agent).insert(Best(f64::NEG_INFINITY));
    }
}

fn count(tournament: Res<Tournament>, rewards: Res<Rewards>, mut agents: Query<(&AgentId, &mut Best)>) {
    for (agent, mut best) in &mut agents {
        for Turn { seat, .. } in tournament.live_seats_of(*agent) {
            best.0 = best.0.max(rewards.payoffs[seat]);
        }
    }
}

/// Adds the column `payoff_best`, and the systems that it needs.
fn add_best(app: &mut App) {
    app.add_systems(Tick, forget.in_set(TickSystems::Prepare));
    app.add_systems(Round, count.in_set(RoundSystems::Settle));
    app.add_column("payoff_best", "the largest payoff in a round of the tick", |row| Some(row.agent.get::<Best>()?.0));
}

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 2,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(10),
    populations: [
        (name: "tit_for_tat", count: 2, policy: Scripted(TitForTat)),
        (name: "always_defect", policy: Scripted(AlwaysDefect)),
    ],
)"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::extended(&add_best);
    let scenario = simulation.scenario(SCENARIO).map_err(|errors| errors.render(false))?;
    let folder = std::env::temp_dir().join(format!("custom_column-{}", std::process::id()));
    simulation.run_quietly(&scenario, &RunOptions { out: Some(folder.clone()), ..RunOptions::default() })?;
    for line in std::fs::read_to_string(folder.join("strategy_evolution.csv"))?.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        println!("{:<5} {:<16} {}", cells[0], cells[1], cells[cells.len() - 1]);
    }
    Ok(std::fs::remove_dir_all(folder)?)
}
