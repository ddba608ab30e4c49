//! Measures one learning step and one tick on SmolLM2-135M's shape with random weights: the counterpart of
//! `benches/peers/torch_peft.py`.
//!
//! `cargo run --release --example bench_step [threads] [repeats]`; in both formats if the processor multiplies bf16.

#[path = "../benches/shapes/mod.rs"]
mod shapes;

use agora::learning::optimizer::{AdamW, OptimizerConfig};
use agora::llm::engine::cpu::CpuEngine;
use agora::llm::engine::cpu::Workspace;
use agora::llm::engine::machine::Backend;
use agora::llm::engine::precision::Precision;
use agora::llm::engine::{Agent, FrozenPrefix, Gradient, Keep, Slopes};
use agora::llm::lora::Adapter;
use agora::llm::tree::PromptTree;
use rayon::prelude::*;
use std::io::{self, Write};
use std::time::Instant;

const EPOCHS: usize = 4;
const AGENTS: usize = 16;
const RANK: usize = 64;

/// One learner with everything it keeps between updates.
struct Player {
    adapter: Adapter,
    optimizer: AdamW,
    gradient: Gradient,
    workspace: Workspace,
}

impl Player {
    fn new(number: u32) -> Self {
        let adapter = shapes::adapter(&shapes::smollm2_135m(), RANK, number);
        let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
        let gradient = Gradient::zeros(&agent);
        let optimizer = AdamW::new(adapter.params.len());
        Self { adapter, optimizer, gradient, workspace: Workspace::new() }
    }

    /// Decides (scores the table), then learns: the forward that played serves as the first epoch's.
    fn tick(&mut self, engine: &CpuEngine, tree: &PromptTree, prefix: Option<&FrozenPrefix>, threads: usize) {
        self.decide(engine, tree, prefix, threads);
        self.learn(engine, tree, prefix, threads);
    }

    fn decide(&mut self, engine: &CpuEngine, tree: &PromptTree, prefix: Option<&FrozenPrefix>, threads: usize) {
        let agent = Agent { adapter: Some(&self.adapter), value_head: None, prefix };
        engine.forward(tree, &agent, Keep::Everything, threads, &mut self.workspace);
    }

    fn learn(&mut self, engine: &CpuEngine, tree: &PromptTree, prefix: Option<&FrozenPrefix>, threads: usize) {
        let slope = |cell: usize| if cell.is_multiple_of(2) { 0.1 } else { -0.1 };
        let log_probs = (0..tree.prompts() * tree.labels).map(slope).collect();
        let slopes = Slopes { log_probs, values: Vec::new() };
        for epoch in 0..EPOCHS {
            if epoch > 0 {
                self.decide(engine, tree, prefix, threads);
            }
            let agent = Agent { adapter: Some(&self.adapter), value_head: None, prefix };
            self.gradient.fit(&agent);
            engine.backward(tree, &agent, &slopes, threads, &mut self.workspace, &mut self.gradient);
            let config = OptimizerConfig { lr: 1e-4, ..OptimizerConfig::default() };
            self.optimizer
                .step(&config, &mut self.adapter.params, &self.gradient.adapter)
                .expect("the gradient is finite");
        }
    }
}

/// Processor seconds of this process over all threads, where Linux reports them.
fn processor_seconds() -> f64 {
    let read = |path: std::path::PathBuf| -> Option<f64> {
        std::fs::read_to_string(path.join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(|task| read(task.path())).sum::<f64>() / 1e9
}

/// Best wall and processor seconds of `repeats` runs.
fn clock(repeats: usize, mut work: impl FnMut()) -> (f64, f64) {
    let mut best = (f64::INFINITY, f64::INFINITY);
    for _ in 0..repeats {
        let (wall, processor) = (Instant::now(), processor_seconds());
        work();
        best = (best.0.min(wall.elapsed().as_secs_f64()), best.1.min(processor_seconds() - processor));
    }
    best
}

fn main() -> io::Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<usize>().ok());
    let (threads, repeats) = (numbers.next().unwrap_or(2), numbers.next().unwrap_or(3));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
    measure(Precision::F32, &pool, repeats)?;
    if Precision::Bf16.on_this_cpu() == Precision::Bf16 {
        measure(Precision::Bf16, &pool, repeats)?;
    }
    Ok(())
}

/// Prints a table of all measurements with frozen weights in `precision`.
fn measure(precision: Precision, pool: &rayon::ThreadPool, repeats: usize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let (threads, tree) = (pool.current_num_threads(), shapes::tree());
    let engine = pool.install(|| shapes::engine(precision));
    let frozen = pool.install(|| engine.freeze_prefix(&tree.tokens[..tree.prefix_len], threads));
    let (version, format) = (env!("CARGO_PKG_VERSION"), precision.name());
    let instructions = Backend::Cpu { precision }.instructions().unwrap_or_default();
    writeln!(out, "agora {version}, {threads} threads, rank {RANK}, {} nodes, {format}: {instructions}", tree.len())?;
    writeln!(out, "{:34} {:>8} {:>8}", "", "wall s", "CPU s")?;
    let mut line = |name: &str, (wall, processor): (f64, f64)| writeln!(out, "{name:34} {wall:8.2} {processor:8.2}");
    for (kind, prefix) in [("", None), ("activated: ", Some(&frozen))] {
        let mut player = Player::new(0);
        let one = clock(repeats, || pool.install(|| player.decide(&engine, &tree, prefix, threads)));
        line(&format!("{kind}score 5 prompts x 2 answers"), one)?;
        let learn = clock(repeats, || {
            pool.install(|| {
                player.decide(&engine, &tree, prefix, threads);
                player.learn(&engine, &tree, prefix, threads);
            });
        });
        line(&format!("{kind}decide and learn, {EPOCHS} epochs"), learn)?;
        let mut players: Vec<Player> = (0..AGENTS as u32).map(Player::new).collect();
        let tick = clock(1, || {
            pool.install(|| players.par_iter_mut().for_each(|player| player.tick(&engine, &tree, prefix, 1)));
        });
        line(&format!("{kind}tick of {AGENTS} agents"), tick)?;
    }
    Ok(())
}
