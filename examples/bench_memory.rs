//! Measures the peak memory of sixteen learners with adapters of rank 16 against what such a run must hold.
//!
//! `cargo run --release --example bench_memory [random] [memory=…]`: the default model, or its shape with random
//! weights; any `path=value` changes the scenario as `--set` does. Linux only: elsewhere the peak is not available.

use agora::policies::llm::{BaseLlm, LlmLearner, LlmPolicy};
use agora::run::{RunOptions, Simulation};
use agora::scenario::load::load_text;
use agora::world::schedule::{Tick, TickSystems};
use bevy_ecs::prelude::*;
use std::error::Error;
use std::io::{self, Write};
use std::time::Instant;

const SCENARIO: &str = r#"(
    version: 1,
    ticks: 3,
    game: Named("prisoners_dilemma"),
    rounds: Fixed(5),
    matchmaking: RandomPairs(repeats: 4),
    model: MODEL,
    populations: [(name: "learner", count: 16, policy: Llm(adapter: (rank: 16)), learner: Grpo())],
)"#;

/// SmolLM2-135M by its sizes; its byte tokenizer makes prompts about four times as long.
const RANDOM: &str =
    "Random(family: Llama, layers: 30, hidden: 576, intermediate: 1536, heads: 9, kv_heads: 3, vocab: 49152)";

/// Bytes after `key` in this process's status, where Linux reports them.
fn status(key: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(kibibytes.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? * 1024.0)
}

fn readable(bytes: Option<f64>) -> String {
    bytes.map_or_else(|| "unavailable".into(), |bytes| format!("{:.3} GiB", bytes / f64::from(1 << 30)))
}

/// The peak after every tick.
#[derive(Resource, Default)]
struct Peaks(Vec<Option<f64>>);

fn note_peak(mut peaks: ResMut<Peaks>) {
    peaks.0.push(status("VmHWM:"));
}

fn main() -> Result<(), Box<dyn Error>> {
    let (words, changes): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| !word.contains('='));
    let is_random = words.iter().any(|word| word == "random");
    let text = SCENARIO.replace("MODEL", if is_random { RANDOM } else { "Named(\"smollm2-135m-instruct\")" });
    let mut simulation = Simulation::new();
    simulation.app.init_resource::<Peaks>().add_systems(Tick, note_peak.after(TickSystems::Record));
    let scenario = load_text("bench_memory.rs", &text, "bench_memory", &changes, &simulation.known())
        .map_err(|errors| errors.render(false))?;
    let start = Instant::now();
    simulation.run_quietly(&scenario, &RunOptions::default())?;
    let seconds = start.elapsed().as_secs_f64();
    let world = simulation.app.world_mut();
    let own: usize = world.query::<&LlmLearner>().iter(world).map(|learner| learner.memo.bytes()).sum();
    let params: usize = world.query::<&LlmPolicy>().iter(world).map(|policy| policy.adapter.params.len()).sum();
    let engine = &world.resource::<BaseLlm>().0;
    let (weights, adapters) = (engine.model().shape().weight_bytes() as f64, 4.0 * params as f64);
    let must = weights + adapters + 2.0 * adapters;
    let peaks = &world.resource::<Peaks>().0;
    let mut out = io::stdout().lock();
    if let Some(plan) = engine.plan() {
        writeln!(out, "plan                       {plan}")?;
    }
    writeln!(out, "seconds                    {seconds:.1}")?;
    writeln!(out, "base model                 {}", readable(Some(weights)))?;
    writeln!(out, "adapters                   {}", readable(Some(adapters)))?;
    writeln!(out, "optimizer state            {}", readable(Some(2.0 * adapters)))?;
    writeln!(out, "workspaces at the end      {}", readable(Some((own + engine.spare_bytes()) as f64)))?;
    for (tick, peak) in peaks.iter().enumerate() {
        writeln!(out, "peak after tick {tick}          {}", readable(*peak))?;
    }
    let above = peaks.last().copied().flatten().map(|peak| peak - must);
    writeln!(out, "peak above base, adapters and optimizer state: {}", readable(above))?;
    Ok(())
}
