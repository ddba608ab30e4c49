//! Guards against runs that succeed but are wrong: the adapter is used, what played is what learns, illegal stays
//! illegal.

use crate::support::{scenario, sim, tiny_model};
use agora::llm::engine::cpu::CpuEngine;
use agora::llm::engine::cpu::Workspace;
use agora::llm::engine::{Agent, Keep};
use agora::llm::lora::{Adapter, LoraConfig};
use agora::llm::tree::PromptTree;
use agora::policies::llm::{DecisionTable, LlmPolicy};
use agora::rng::{Purpose, StreamKey, stream};
use agora::run::{RunOptions, Simulation};
use agora::world::schedule::{Tick, TickSystems};
use bevy_ecs::prelude::*;
use rand::RngExt;

#[test]
fn an_adapter_with_b_other_than_zero_changes_the_table_and_one_with_b_zero_does_not() {
    let model = tiny_model();
    let engine = CpuEngine::new(model.base.clone());
    let prompt = model.tokenizer.encode("Which one?").unwrap();
    let labels = model.tokenizer.encode_labels("Which one?", &["left", "right"]).unwrap();
    let tree = PromptTree::new(&[prompt], &labels);
    let score = |adapter: Option<&Adapter>| {
        let agent = Agent { adapter, ..Agent::default() };
        engine.forward(&tree, &agent, Keep::Nothing, 1, &mut Workspace::new()).label_log_probs
    };
    let mut rng = stream(5, Purpose::AdapterInit, StreamKey::default());
    let mut adapter = Adapter::init(&LoraConfig::default(), &model.base.config, &mut rng);
    let base = score(None);
    assert_eq!(base, score(Some(&adapter)), "B is zero at the start");
    for slot in adapter.slots.clone() {
        for value in &mut adapter.params[slot.b] {
            *value = rng.random::<f32>() * 0.1 - 0.05;
        }
    }
    let tuned = score(Some(&adapter));
    assert!(base.iter().zip(&tuned).all(|(a, b)| (a - b).abs() > 1e-4), "{base:?} {tuned:?}");
}

const LEARNERS: &str = r#"(
    version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(4), model: Named("tiny"),
    populations: [
        (name: "grpo", count: 2, policy: Llm(), learner: Grpo(optimizer: (lr: 0.003))),
        (name: "ppo", policy: Llm(), learner: Ppo(epochs: 2, optimizer: (lr: 0.003))),
        (name: "activated", policy: Llm(activated: true), learner: Reinforce(optimizer: (lr: 0.003))),
        (name: "frozen", policy: Llm()),
        (name: "random", policy: Scripted(Random())),
    ],
)"#;

/// How often [`compare_with_single_prompts`] compared a table.
#[derive(Resource, Default)]
struct Compared(usize);

/// Scores every agent's prompts again, one at a time, with the parameters it has before it learns, and compares with
/// the table it plays by.
fn compare_with_single_prompts(
    base: Res<agora::policies::llm::BaseLlm>,
    agents: Query<(&LlmPolicy, &DecisionTable)>,
    mut compared: ResMut<Compared>,
) {
    for (policy, table) in &agents {
        assert_eq!(table.generation, Some(policy.generation));
        let labels = policy.prompts.config.labels.len();
        for (prompt, tokens) in policy.prompts.tokens.iter().enumerate() {
            let tree = PromptTree::new(std::slice::from_ref(tokens), &policy.prompts.labels);
            let scores =
                base.0.cpu().unwrap().forward(&tree, &policy.for_engine(), Keep::Nothing, 1, &mut Workspace::new());
            for (label, fresh) in scores.label_log_probs.iter().enumerate() {
                let played = table.raw[prompt * labels + label];
                assert!((played - fresh).abs() < 1e-4, "prompt {prompt}, label {label}: {played} played, {fresh} now");
            }
        }
        compared.0 += 1;
    }
}

#[test]
fn played_log_probs_are_those_of_the_parameters_that_learn() {
    let mut simulation = Simulation::new();
    simulation.app.init_resource::<Compared>();
    simulation.app.add_systems(Tick, compare_with_single_prompts.after(TickSystems::Play).before(TickSystems::Learn));
    let scenario = scenario(&simulation, LEARNERS);
    simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
    assert_eq!(simulation.app.world().resource::<Compared>().0, 3 * 5, "every LLM agent in every tick");
    let world = simulation.app.world_mut();
    let generations: Vec<u64> = world.query::<&LlmPolicy>().iter(world).map(|p| p.generation).collect();
    assert_eq!(generations.iter().sum::<u64>(), 4 * 3, "every learner learned in every tick: {generations:?}");
}

#[test]
fn illegal_completions_are_counted_and_never_replaced_by_a_move() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    sim()
        .args(["--scenario", "scenarios/quick_look.ron", "--ticks", "2", "--set", "prompt.decision=Free"])
        .args(["--set", "output.moves=true", "--out"])
        .arg(&out)
        .assert()
        .success();
    let mut moves = csv::Reader::from_path(out.join("moves.csv")).unwrap();
    let headers = moves.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let (tick, agent, action, payoff, reward) =
        (column("tick"), column("agent"), column("action"), column("payoff"), column("reward"));
    let rows: Vec<csv::StringRecord> = moves.records().map(Result::unwrap).collect();
    let illegal: Vec<_> = rows.iter().filter(|row| &row[action] == "illegal").collect();
    assert!(illegal.len() > 50, "an untrained model mostly names no action: {}", illegal.len());
    for row in &illegal {
        assert_eq!((&row[payoff], &row[reward]), ("0", "-6"), "{row:?}");
    }
    let evolution = csv::Reader::from_path(out.join("strategy_evolution.csv")).unwrap().into_records();
    for row in evolution.map(Result::unwrap) {
        let mine: Vec<_> = rows.iter().filter(|m| m[tick] == row[0] && m[agent] == row[1]).collect();
        let illegal = mine.iter().filter(|m| &m[action] == "illegal").count();
        let rate: f64 = row[6].parse().unwrap();
        assert!((rate - illegal as f64 / mine.len() as f64).abs() < 1e-6, "{row:?}");
    }
}
