//! Criterion benchmarks: scoring one agent's prompts and training on them, and decisions once tables are scored.
//!
//! `cargo bench`, or `cargo bench -- decisions` for some of them.

mod shapes;

use agora::llm::engine::cpu::Workspace;
use agora::llm::engine::precision::Precision;
use agora::llm::engine::{Agent, Gradient, Keep, Slopes};
use agora::run::{RunOptions, Simulation};
use agora::scenario::load::load_text;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// One agent's tree, run forward, then forward and backward; ordinary and activated adapters of rank 8, one thread.
fn engine(criterion: &mut Criterion) {
    let (engine, adapter, tree) =
        (shapes::engine(Precision::F32), shapes::adapter(&shapes::smollm2_135m(), 8, 0), shapes::tree());
    let prefix = engine.freeze_prefix(&tree.tokens[..tree.prefix_len], 1);
    let slopes = Slopes { log_probs: vec![0.1; tree.prompts() * tree.labels], values: Vec::new() };
    let mut group = criterion.benchmark_group("one agent");
    group.sample_size(10);
    for (name, prefix) in [("ordinary", None), ("activated", Some(&prefix))] {
        let agent = Agent { adapter: Some(&adapter), value_head: None, prefix };
        let mut workspace = Workspace::new();
        group.bench_function(format!("score, {name}"), |bencher| {
            bencher.iter(|| black_box(engine.forward(&tree, &agent, Keep::Nothing, 1, &mut workspace)));
        });
        let (mut workspace, mut gradient) = (Workspace::new(), Gradient::zeros(&agent));
        group.bench_function(format!("train, {name}"), |bencher| {
            bencher.iter(|| {
                engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
                engine.backward(&tree, &agent, &slopes, 1, &mut workspace, &mut gradient);
            });
        });
    }
    group.finish();
}

/// Sixteen agents, all against all, 200 rounds, many ticks: language models whose tables are scored once (the built-in
/// `tiny` model, so that scoring costs next to nothing), and scripts.
fn decisions(criterion: &mut Criterion) {
    let scenario = |policy: &str, ticks: u32| {
        format!(
            "(version: 1, ticks: {ticks}, game: Named(\"prisoners_dilemma\"), rounds: Fixed(200), model: Named(\"tiny\"), \
             populations: [(name: \"a\", count: 16, policy: {policy})])"
        )
    };
    let mut group = criterion.benchmark_group("decisions");
    group.sample_size(10);
    for (name, policy, ticks) in [("language models", "Llm()", 20u32), ("scripts", "Scripted(TitForTat)", 20)] {
        group.throughput(Throughput::Elements(u64::from(ticks) * 120 * 200 * 2));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut simulation = Simulation::new();
                let known = simulation.known();
                let scenario = load_text("bench.ron", &scenario(policy, ticks), "bench", &[], &known)
                    .unwrap_or_else(|errors| panic!("{errors}"));
                let options = RunOptions { threads: Some(1), ..RunOptions::default() };
                simulation.run_quietly(&scenario, &options).expect("the scenario runs")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, engine, decisions);
criterion_main!(benches);
