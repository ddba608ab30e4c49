//! The order of systems is never left to chance.

use crate::support::scenario;
use agora::run::{RunOptions, Simulation};
use agora::world::schedule::{Tick, TickSystems, forbid_ambiguity};
use agora::world::{Decisions, Ledger};
use bevy_ecs::prelude::*;

const SCENARIO: &str = r#"(
    version: 1, ticks: 1, game: Named("stag_hunt"), rounds: Fixed(2), model: Named("tiny"),
    populations: [(name: "learner", count: 2, policy: Llm(), learner: Grpo()), (name: "grim", policy: Scripted(Grim))],
)"#;

fn run_strictly(simulation: &mut Simulation) {
    forbid_ambiguity(&mut simulation.app);
    let scenario = scenario(simulation, SCENARIO);
    let dir = tempfile::tempdir().unwrap();
    let options = RunOptions { out: Some(dir.path().join("run")), ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options).unwrap();
    assert!(simulation.app.world().resource::<Ledger>().together.rounds > 0);
}

#[test]
fn no_two_systems_that_touch_the_same_data_are_unordered() {
    run_strictly(&mut Simulation::new());
}

#[test]
#[should_panic(expected = "ambigu")]
fn an_unordered_pair_would_be_noticed() {
    let mut simulation = Simulation::new();
    simulation.app.add_systems(Tick, |mut decisions: ResMut<Decisions>| decisions.0.clear());
    simulation
        .app
        .add_systems(Tick, (|decisions: Res<Decisions>| assert!(decisions.0.len() < 99)).in_set(TickSystems::Pair));
    run_strictly(&mut simulation);
}
