//! Memory plans: chosen before anything is run, kept to, and without any influence on results.

use crate::support::{scenario, sim, stderr, stdout, tiny_model};
use agora::llm::engine::Keep;
use agora::llm::engine::budget::plan::{MemoryPlan, Needs};
use agora::llm::engine::machine::Backend;
use agora::llm::engine::precision::Precision;
use agora::llm::files::fetch::Fetcher;
use agora::policies::llm::generate::Texts;
use agora::policies::llm::{BaseLlm, DecisionTable, LlmLearner, LlmPolicy};
use agora::run::{Manifest, RunError, RunOptions, Simulation};
use agora::scenario::format::ScenarioSpec;
use agora::scenario::spawn::{Prompts, needs, rules};
use agora::world::schedule::{Tick, TickSystems};
use agora::world::{AgentId, Factories};
use bevy_ecs::prelude::*;

/// Every way of learning: one epoch and several, values, activated adapters, texts, longer prompts, and none at all.
const EVERYBODY: &str = r#"(
    version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(3), model: Named("tiny"),
    populations: [
        (name: "grpo", count: 3, policy: Llm(), learner: Grpo(optimizer: (lr: 0.003))),
        (name: "ppo", policy: Llm(adapter: (rank: 3)), learner: Ppo(epochs: 2, optimizer: (lr: 0.003))),
        (name: "activated", policy: Llm(activated: true), learner: Reinforce(optimizer: (lr: 0.003))),
        (name: "rloo", policy: Llm(), learner: Rloo(optimizer: (lr: 0.003))),
        (name: "texts", count: 2, policy: Llm(prompt: (decision: Generate, generation: (max_new_tokens: 3))), learner: Rloo()),
        (name: "longer", policy: Llm(prompt: (persona: "You are a very patient player who thinks twice.")), learner: Grpo()),
        (name: "frozen", policy: Llm()),
    ],
)"#;

/// The plan that a test imposes, in place of the one chosen.
#[derive(Resource)]
struct Wanted(MemoryPlan);

fn impose(wanted: Res<Wanted>, mut base: ResMut<BaseLlm>) {
    base.0.set_plan(wanted.0);
}

/// The state of an agent at the end of a run: table, adapter, value head and texts.
type Outcome = (AgentId, Vec<f32>, Vec<f32>, Option<Vec<f32>>, usize);

/// Runs all agents under `plan`; returns the outcome of every agent, and the bytes that all workspaces hold.
fn play(plan: MemoryPlan, threads: usize) -> (Vec<Outcome>, usize) {
    let mut simulation = Simulation::new();
    simulation.app.insert_resource(Wanted(plan)).add_systems(Tick, impose.before(TickSystems::Pair));
    let scenario = scenario(&simulation, EVERYBODY);
    let options = RunOptions { threads: Some(threads), ..RunOptions::default() };
    assert!(simulation.run_quietly(&scenario, &options).unwrap().halted.is_empty());
    let world = simulation.app.world_mut();
    let mut query = world.query::<(&AgentId, &LlmPolicy, Option<&DecisionTable>, Option<&Texts>)>();
    let outcome = |(id, policy, table, texts): (&AgentId, &LlmPolicy, Option<&DecisionTable>, Option<&Texts>)| {
        let said = texts.map_or(0, |texts| texts.said.iter().map(Vec::len).sum());
        let value = policy.value_head.as_ref().map(|head| head.weight.clone());
        (*id, table.map_or_else(Vec::new, |table| table.raw.clone()), policy.adapter.params.clone(), value, said)
    };
    let mut outcomes: Vec<Outcome> = query.iter(world).map(outcome).collect();
    outcomes.sort_by_key(|outcome| outcome.0);
    let own: usize = world.query::<&LlmLearner>().iter(world).map(|learner| learner.memo.bytes()).sum();
    (outcomes, own + world.resource::<BaseLlm>().0.spare_bytes())
}

/// The estimated needs of the scenario.
fn needs(workers: usize, backend: &Backend) -> Needs {
    let simulation = Simulation::new();
    let spec = scenario(&simulation, EVERYBODY).spec;
    let factories = simulation.app.world().resource::<Factories>();
    let matchmaker = spec.matchmaking.build(factories).unwrap();
    let rules = rules(&spec, &*matchmaker, factories).unwrap();
    let model = tiny_model();
    let prompts = Prompts::new(&spec, &rules, model.tokenizer).unwrap();
    let hands = needs::Hands { workers, ranks: 1 };
    needs::needs(&spec, &rules, &*matchmaker, &prompts, model.base.shape(), hands, backend).unwrap()
}

#[test]
fn every_plan_gives_the_same_tables_and_updates_to_the_bit_and_keeps_to_its_memory() {
    let (expected, _) = play(MemoryPlan::Together(Keep::Everything), 1);
    assert_eq!(expected.len(), 10);
    for (plan, threads) in [
        (MemoryPlan::Together(Keep::Everything), 2),
        (MemoryPlan::Together(Keep::Residuals), 2),
        (MemoryPlan::InTurns { workspaces: 2, keep: Keep::Everything }, 2),
        (MemoryPlan::InTurns { workspaces: 2, keep: Keep::Residuals }, 3),
        (MemoryPlan::InTurns { workspaces: 1, keep: Keep::Everything }, 1),
        (MemoryPlan::InTurns { workspaces: 1, keep: Keep::Residuals }, 2),
    ] {
        let (found, bytes) = play(plan, threads);
        assert_eq!(expected, found, "{plan}, {threads} threads");
        let needs = needs(threads, &Backend::default());
        let said = needs.peak(plan) - needs.held;
        assert!(bytes as u64 <= said, "{plan}, {threads} threads: workspaces hold {bytes}, were said to hold {said}");
    }
}

#[test]
fn the_dry_run_and_the_manifest_tell_the_plan_and_less_memory_changes_no_row() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, memory: &str| {
        let out = dir.path().join(name);
        let args = ["--scenario", "scenarios/quick_look.ron", "--ticks", "6", "--threads", "2", "--set", memory];
        let planned = stdout(sim().args(args).arg("--dry-run"), 0);
        let printed = stderr(sim().args(args).arg("--out").arg(&out), 0);
        let read = |file: &str| std::fs::read_to_string(out.join(file)).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&read("manifest.json")).unwrap();
        let plan = manifest["memory"]["plan"].as_str().unwrap().to_string();
        assert!(planned.contains(&plan), "{plan} in\n{planned}");
        let entry = Manifest::read(&out).unwrap().unwrap().memory.unwrap();
        assert!(printed.contains(&format!("  memory  {entry}\n")), "{entry} in\n{printed}");
        (plan, manifest["memory"]["peak_bytes_estimated"].as_u64().unwrap(), read("strategy_evolution.csv"))
    };
    let gibibytes = |bytes: u64| format!("memory=GiB({})", bytes as f64 / f64::from(1 << 30));
    let (plan, peak, rows) = run("auto", "memory=Auto");
    assert!(plan.contains("keeps its pass"), "{plan}");
    let (in_turns, less, same) = run("less", &gibibytes(peak - 1));
    assert!(less < peak && in_turns.contains("take turns"), "{in_turns}: {less} of {peak}");
    assert_eq!(rows, same);
    let too_little = gibibytes(peak / 8);
    let args = ["--scenario", "scenarios/quick_look.ron", "--ticks", "6", "--threads", "2", "--set", &too_little];
    let message = stderr(sim().args(args).arg("--dry-run"), 2);
    assert!(message.contains("the run needs at least") && message.contains("`memory: GiB(…)`"), "{message}");
}

/// The text that is printed before a run of `spec` on one thread of `backend` begins.
fn plan(spec: &ScenarioSpec, backend: &Backend) -> Result<String, RunError> {
    let options = RunOptions { threads: Some(1), backend: backend.clone(), ..RunOptions::default() };
    let fetcher = Fetcher::from_env(indicatif::ProgressBar::hidden());
    Ok(Simulation::new().prepare(spec, options, &fetcher)?.plan(None))
}

/// A device as the command line names it, for tests that never get to run on it.
fn named_device() -> Backend {
    Backend::Device { name: "cuda:0".into(), device: candle_core::Device::Cpu, precision: Precision::F32, memory: None }
}

#[test]
fn what_a_device_runs_is_not_held_against_the_memory_of_the_cpu() {
    let simulation = Simulation::new();
    let text = EVERYBODY.replace("ticks: 3", "ticks: 3, memory: GiB(0.001)");
    // Texts are left to the CPU.
    let tables: Vec<&str> = text.lines().filter(|line| !line.contains("Generate")).collect();
    let scenario = scenario(&simulation, &tables.join("\n"));
    let refused = plan(&scenario.spec, &Backend::default()).unwrap_err().to_string();
    assert!(refused.contains("the run needs at least") && refused.contains("`memory: GiB(…)`"), "{refused}");
    assert!(!plan(&scenario.spec, &named_device()).unwrap().contains("memory"));
}

#[test]
fn what_only_the_cpu_does_is_refused_before_anything_is_called_valid() {
    let spec = scenario(&Simulation::new(), EVERYBODY).spec;
    let refused = plan(&spec, &named_device()).unwrap_err().to_string();
    assert!(refused.contains("--device cuda:0") && refused.contains("use --device cpu"), "{refused}");
    assert!(plan(&spec, &Backend::default()).is_ok());
}

#[test]
fn matrices_in_bf16_are_held_besides_the_models_own() {
    let held = |precision| needs(2, &Backend::Cpu { precision }).held;
    let weights = tiny_model().base.shape().weight_bytes();
    assert_eq!(held(Precision::Bf16), held(Precision::F32) + weights);
}
