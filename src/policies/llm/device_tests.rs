//! Runs on a device, here candle's CPU device, against runs of the CPU engine.

use super::{DecisionTable, LlmPolicy};
use crate::llm::engine::device::{DeviceEngine, DeviceError};
use crate::llm::engine::machine::Backend;
use crate::llm::engine::precision::Precision;
use crate::run::{RunError, RunOptions, Simulation};
use crate::scenario::load::load_text;
use crate::testing::assert_close;
use crate::world::TickFailure;
use crate::world::schedule::{Tick, TickSystems};
use crate::world::{AgentId, Clock, LearningStats, PartnerOdds};
use bevy_ecs::prelude::*;

const LEARNERS: &str = r#"(
    version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(4), model: Named("tiny"),
    populations: [
        (name: "grpo", count: 2, policy: Llm(), learner: Grpo(optimizer: (lr: 0.003))),
        (name: "ppo", policy: Llm(adapter: (rank: 2)), learner: Ppo(epochs: 2, optimizer: (lr: 0.003))),
        (name: "activated", policy: Llm(activated: true), learner: Reinforce(optimizer: (lr: 0.003))),
        (name: "exact", policy: Llm(), learner: Rloo(optimizer: (lr: 0.003)), estimator: Exact),
        (name: "frozen", policy: Llm()),
        (name: "random", policy: Scripted(Random())),
    ],
)"#;

fn device(memory: Option<u64>) -> Backend {
    let device = DeviceEngine::device_under_test();
    Backend::Device { name: "cuda:0".into(), device, precision: Precision::F32, memory }
}

/// Learners that pick whom they play with, and two scripts.
const PICKERS: &str = r#"(
    version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(2), opening: LastMoves,
    matchmaking: PartnerSelection(), model: Named("tiny"), populations: [
        (name: "grpo", count: 2, policy: Llm(), learner: Grpo(optimizer: (lr: 0.003))),
        (name: "ppo", policy: Llm(adapter: (rank: 2)), learner: Ppo(epochs: 2, optimizer: (lr: 0.003))),
        (name: "c", policy: Scripted(AlwaysCooperate)),
        (name: "d", policy: Scripted(AlwaysDefect)),
    ],
)"#;

/// What an agent says when a run is over: the log-probabilities of its last table, how often its parameters have
/// changed, how its last update went, and the odds of its last pick.
type Said = (Vec<f32>, u64, LearningStats, Vec<f64>);

/// What all LLM agents of `scenario` say after a run.
fn play(scenario: &str, backend: Backend) -> Vec<Said> {
    let mut simulation = Simulation::new();
    let Ok(scenario) = load_text("test.ron", scenario, "test", &[], &simulation.known()) else {
        panic!("the scenarios above are valid")
    };
    let finished = simulation.run_quietly(&scenario, &RunOptions { backend, ..RunOptions::default() }).unwrap();
    assert!(finished.halted.is_empty());
    let world = simulation.app.world_mut();
    let mut agents = world.query::<(&AgentId, &LlmPolicy, &DecisionTable, &LearningStats, Option<&PartnerOdds>)>();
    let mut agents: Vec<_> = agents.iter(world).collect();
    // The order of a query is not guaranteed.
    agents.sort_by_key(|(id, ..)| **id);
    let odds = |odds: Option<&PartnerOdds>| odds.map_or_else(Vec::new, |odds| odds.0.clone());
    let said = agents.iter().map(|(_, policy, table, stats, picked)| {
        let odds = odds(*picked);
        (table.raw.clone(), policy.generation, **stats, odds)
    });
    said.collect()
}

#[test]
fn a_device_plays_and_learns_what_the_cpu_does() {
    let on_cpu = play(LEARNERS, Backend::default());
    assert_eq!(on_cpu.iter().map(|(_, generation, ..)| generation).sum::<u64>(), 5 * 3);
    // With one byte every agent is a batch of its own, and no pass is kept for the update.
    for memory in [None, Some(1)] {
        let on_device = play(LEARNERS, device(memory));
        assert_eq!(on_device.len(), on_cpu.len());
        for ((found, expected), agent) in on_device.iter().zip(&on_cpu).zip(0..) {
            assert_eq!(found.1, expected.1);
            assert_close(&found.0, &expected.0, 5e-3);
            let close = |found: f64, expected: f64| (found - expected).abs() < 5e-3 * expected.abs().max(1.0);
            assert!(close(found.2.entropy, expected.2.entropy) && close(found.2.kl, expected.2.kl), "agent {agent}");
            assert_eq!(found.2.grad_norm.is_some(), expected.2.grad_norm.is_some());
            let (found, expected) = (found.2.grad_norm.unwrap_or(0.0), expected.2.grad_norm.unwrap_or(0.0));
            assert!(close(found, expected), "agent {agent}: gradients of {found} on the device, {expected} on the CPU");
        }
    }
}

#[test]
fn partners_picked_on_a_device_are_those_picked_on_the_cpu() {
    let on_cpu = play(PICKERS, Backend::default());
    // Both the game and the pick teach a learner, once each in every tick.
    assert_eq!(on_cpu.iter().map(|(_, generation, ..)| *generation).collect::<Vec<_>>(), [6, 6, 6]);
    for memory in [None, Some(1)] {
        let on_device = play(PICKERS, device(memory));
        assert_eq!(on_device.len(), on_cpu.len());
        for (found, expected) in on_device.iter().zip(&on_cpu) {
            assert_eq!(found.1, expected.1);
            assert_close(&found.0, &expected.0, 5e-3);
            assert_close(&found.3, &expected.3, 5e-3);
        }
    }
}

/// Breaks the device before the second tick is played.
fn break_device(clock: Res<Clock>, mut failure: ResMut<TickFailure>) {
    if clock.tick == 1 {
        failure.note(DeviceError::Failed { problem: "CUBLAS_STATUS_ALLOC_FAILED".into() });
    }
}

/// Ticks that were recorded, or at least came as far as that.
#[derive(Resource, Default)]
struct Recorded(u32);

fn count(mut recorded: ResMut<Recorded>) {
    recorded.0 += 1;
}

#[test]
fn a_device_that_fails_ends_the_run_before_the_tick_is_recorded() {
    let mut simulation = Simulation::new();
    simulation.app.init_resource::<Recorded>();
    simulation.app.add_systems(Tick, break_device.after(TickSystems::Pair).before(TickSystems::Prepare));
    simulation.app.add_systems(Tick, count.in_set(TickSystems::Record));
    let Ok(scenario) = load_text("test.ron", LEARNERS, "test", &[], &simulation.known()) else {
        panic!("the scenario above is valid")
    };
    let options = RunOptions { backend: device(None), ..RunOptions::default() };
    let error = simulation.run_quietly(&scenario, &options).unwrap_err();
    assert!(matches!(error, RunError::Device(DeviceError::Failed { .. })), "{error}");
    assert!(error.to_string().contains("--device-memory"), "{error}");
    assert_eq!(simulation.app.world().resource::<Recorded>().0, 1);
}
