//! Measures the engine on SmolLM2-135M's shape with random weights: times, useful work, share of the machine's peak.
//!
//! `cargo run --release --example bench_engine [repeats]`

#[path = "../benches/shapes/mod.rs"]
mod shapes;

use agora::llm::decoder::DecoderConfig;
use agora::llm::decoder::Projection;
use agora::llm::engine::cpu::Workspace;
use agora::llm::engine::cpu::kernels::matrix::{MatMut, MatRef, Store};
use agora::llm::engine::cpu::kernels::product::{self, Right};
use agora::llm::engine::precision::Precision;
use agora::llm::engine::{Agent, Gradient, Keep, Slopes};
use agora::llm::tree::{NO_PARENT, PromptTree};
use agora::llm::weight::Weight;
use std::io::{self, Write};
use std::time::Instant;

/// Nanoseconds that this thread has run on a processor, where Linux reports them; other programs then disturb little.
fn processor_time() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

/// Seconds of the quickest of `repeats` runs: this thread's processor time with one thread, else wall-clock time.
///
/// Quick work is repeated many times within a run, because processor time advances in steps of milliseconds.
fn best(threads: usize, repeats: usize, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    work();
    let times = (0.2 / start.elapsed().as_secs_f64()).ceil().max(1.0);
    let mut run = || {
        let (start, processor) = (Instant::now(), processor_time());
        (0..times as usize).for_each(|_| work());
        match (processor, processor_time()) {
            (Some(before), Some(after)) if threads == 1 => (after - before) / 1e9 / times,
            _ => start.elapsed().as_secs_f64() / times,
        }
    };
    (0..repeats).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// What the right factor of a product is.
#[derive(Clone, Copy)]
enum Factor {
    /// A frozen weight, from inputs to outputs.
    Forward,
    /// The same from outputs back to inputs.
    Backward,
    /// A matrix of an adapter, from inputs to outputs.
    Adapter,
}

/// FLOP/s of an (m, k) by (k, n) product.
fn product_speed(m: usize, k: usize, n: usize, factor: Factor, threads: usize, repeats: usize) -> f64 {
    let (left, right, mut out) = (vec![0.5; m * k], vec![0.25; k * n], vec![0.0; m * n]);
    let weight = match factor {
        Factor::Backward => Weight::new(right.clone(), k, n),
        _ => Weight::new(right.clone(), n, k),
    };
    let right = match factor {
        Factor::Forward => Right::Forward(&weight),
        Factor::Backward => Right::Backward(&weight),
        Factor::Adapter => MatRef::new(&right, n, k).t().into(),
    };
    let seconds = best(threads, repeats, || {
        product::multiply(MatMut::new(&mut out, m, n), Store::Set, MatRef::new(&left, m, k), right, threads);
    });
    2.0 * (m * k * n) as f64 / seconds
}

/// Useful work of (forward, backward), in FLOP, over the nodes from `first` on: products with weights and adapters, and
/// attention between tokens that see each other. The last layer's work after attention counts only for the rows that
/// are read, and the first layer's q, k, v need no gradient of their inputs.
fn work(config: &DecoderConfig, tree: &PromptTree, first: usize, rank: usize) -> (f64, f64) {
    let mut pairs = 0;
    for mut node in first..tree.len() {
        while node != NO_PARENT {
            pairs += 1;
            node = tree.parents[node];
        }
    }
    let attention = 4.0 * (pairs * config.heads * config.head_dim) as f64;
    let head = 2.0 * (tree.logit_nodes.len() * config.vocab * config.hidden) as f64;
    let (mut forward, mut backward) = (head, head);
    for layer in 0..config.layers() {
        forward += attention;
        backward += 2.0 * attention;
        for projection in Projection::ALL {
            let (a, b) = config.shape(projection);
            let before = matches!(projection, Projection::QProj | Projection::KProj | Projection::VProj);
            let all = before || layer + 1 < config.layers();
            let rows = if all { tree.len() - first } else { tree.logit_nodes.len() };
            let (weight, adapter) = (2.0 * (rows * a * b) as f64, 2.0 * (rows * rank * (a + b)) as f64);
            forward += weight + adapter;
            backward += 2.0 * adapter + if before && layer == 0 { 0.0 } else { weight };
        }
    }
    (forward, backward)
}

/// Rank of the adapter.
const RANK: usize = 8;

fn main() -> io::Result<()> {
    let repeats: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(3);
    let mut out = io::stdout().lock();
    let config = shapes::smollm2_135m();
    let (engine, adapter, tree) = (shapes::engine(Precision::F32), shapes::adapter(&config, RANK, 0), shapes::tree());
    let prefix = engine.freeze_prefix(&tree.tokens[..tree.prefix_len], 1);
    let rows = tree.len();
    writeln!(
        out,
        "{rows} nodes, {} before the first difference, {} logit rows",
        tree.prefix_len,
        tree.logit_nodes.len()
    )?;
    for threads in [1, 2] {
        let square = product_speed(1024, 1024, 1024, Factor::Forward, threads, repeats);
        writeln!(out, "\n{threads} thread(s)\n{:<34} {:>9} {:>9} {:>8}", "", "ms", "GFLOP/s", "of peak")?;
        let mut peak = square;
        for (name, m, k, n, factor) in [
            ("1024 x 1024 x 1024", 1024, 1024, 1024, Factor::Forward),
            ("q, o: forward", rows, 576, 576, Factor::Forward),
            ("gate, up: forward", rows, 576, 1536, Factor::Forward),
            ("down: forward", rows, 1536, 576, Factor::Forward),
            ("k, v: forward", rows, 576, 192, Factor::Forward),
            ("gate, up: backward", rows, 1536, 576, Factor::Backward),
            ("down: backward", rows, 576, 1536, Factor::Backward),
            ("logits", tree.logit_nodes.len(), 576, 49_152, Factor::Forward),
            ("A, rank 8", rows, 576, 8, Factor::Adapter),
            ("B, rank 8", rows, 8, 576, Factor::Adapter),
        ] {
            let speed = product_speed(m, k, n, factor, threads, repeats);
            peak = f64::max(peak, speed);
            let ms = 2e3 * (m * k * n) as f64 / speed;
            writeln!(out, "{name:<34} {ms:>9.3} {:>9.1} {:>7.0}%", speed / 1e9, 100.0 * speed / peak)?;
        }
        for (name, prefix) in [("ordinary", None), ("frozen prefix", Some(&prefix))] {
            let agent = Agent { adapter: Some(&adapter), value_head: None, prefix };
            let first = prefix.map_or(0, |prefix| prefix.tokens.len());
            let (forward, backward) = work(&config, &tree, first, RANK);
            let line = |out: &mut dyn Write, what: &str, seconds: f64, flop: f64| {
                let (ms, speed) = (1e3 * seconds, flop / seconds);
                writeln!(out, "{what:<34} {ms:>9.1} {:>9.1} {:>7.0}%", speed / 1e9, 100.0 * speed / peak)
            };
            let mut workspace = Workspace::new();
            let score = best(threads, repeats, || {
                engine.forward(&tree, &agent, Keep::Nothing, threads, &mut workspace);
            });
            line(&mut out, &format!("score, {name}"), score, forward)?;
            let slopes = Slopes { log_probs: vec![0.1; tree.prompts() * tree.labels], values: Vec::new() };
            let mut gradient = Gradient::zeros(&agent);
            for (keep, again) in [(Keep::Everything, 0.0), (Keep::Residuals, forward)] {
                let mut workspace = Workspace::new();
                let train = best(threads, repeats, || {
                    engine.forward(&tree, &agent, keep, threads, &mut workspace);
                    engine.backward(&tree, &agent, &slopes, threads, &mut workspace, &mut gradient);
                });
                line(&mut out, &format!("train, {name}, keep {keep:?}"), train, forward + backward + again)?;
                writeln!(out, "{:<34} {:>9.0} MB", "    workspace", workspace.bytes() as f64 / 1e6)?;
            }
        }
    }
    Ok(())
}
