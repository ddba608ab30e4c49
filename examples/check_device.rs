//! Checks a device against the CPU, measures it, and prints one page about it; `tools/cuda/check` brings it to a
//! machine with a GPU.
//!
//! `cargo run --release --example check_device -- --device cpu --small` does the same with candle's CPU device, which
//! goes through the same engine, and small sizes. The exit code is 1 if anything is off by more than its tolerance.

#[path = "../benches/shapes/mod.rs"]
mod shapes;

use agora::host;
use agora::learning::optimizer::{AdamW, OptimizerConfig};
use agora::llm::decoder::BaseModel;
use agora::llm::engine::cpu::{CpuEngine, Workspace};
use agora::llm::engine::device::{DeviceEngine, free_memory};
use agora::llm::engine::machine::{Backend, DeviceChoice};
use agora::llm::engine::precision::Precision;
use agora::llm::engine::{Agent, Ask, Engine, Gradient, Job, Keep, Memo, Next, Slopes, TreeScores, Update};
use agora::llm::family::Family;
use agora::llm::files::random::{RandomParts, RandomShape};
use agora::llm::files::tiny;
use agora::llm::lora::{Adapter, LoraConfig};
use agora::llm::text::chat::ChatDate;
use agora::llm::tree::PromptTree;
use agora::rng::{Purpose, StreamKey, stream};
use agora::run::{RunOptions, Simulation};
use agora::scenario::load::load_text;
use candle_core::Device;
use clap::Parser;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// Checks a device against the CPU, measures it, and prints one page about it.
#[derive(Parser)]
struct Arguments {
    /// cuda:N, or cpu for candle's CPU device.
    #[arg(long, default_value = "cuda:0")]
    device: DeviceChoice,
    /// Small sizes: another shape in place of SmolLM2's, the tiny model, and no large shape.
    #[arg(long)]
    small: bool,
    /// The model of the scenario, as `--set model=…` takes it.
    #[arg(long)]
    model: Option<String>,
    /// Ticks of the scenario.
    #[arg(long, default_value_t = 2)]
    ticks: u32,
}

/// Learners that take a tick together.
const AGENTS: usize = 16;
/// Epochs of an update.
const EPOCHS: u32 = 4;
/// Rank of adapters.
const RANK: usize = 8;
/// The scenario whose tables are compared.
const SCENARIO: &str = include_str!("../scenarios/mixed_morals.ron");

/// The largest errors that are let pass.
struct Tolerance {
    /// Of log-probabilities, relative to their root mean square.
    scores: f64,
    /// Of the gradient: the length of the difference relative to its own.
    gradient: f64,
    /// Of probabilities in the scenario's first tick, before anything is learned.
    first: f64,
    /// Of probabilities in later ticks, in which Adam divides small differences by small numbers.
    later: f64,
}

impl Tolerance {
    fn of(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self { scores: 1e-3, gradient: 1e-2, first: 1e-3, later: 0.02 },
            Precision::Bf16 => Self { scores: 0.1, gradient: 0.25, first: 0.05, later: 0.2 },
        }
    }
}

/// What is checked, and whether all of it held so far.
struct Page {
    device: Device,
    name: String,
    failed: usize,
}

/// The page that goes on.
type Printed = Result<(), Box<dyn Error>>;

impl Page {
    fn line(&self, what: &str, found: &str) -> Printed {
        Ok(writeln!(io::stdout(), "{what:44} {found}")?)
    }

    /// A line about an error that must not exceed `tolerance`.
    fn judge(&mut self, what: &str, error: f64, tolerance: f64) -> Printed {
        let holds = error <= tolerance;
        self.failed += usize::from(!holds);
        self.line(what, &format!("{error:.2e} of {tolerance:.0e} {}", if holds { "ok" } else { "TOO LARGE" }))
    }

    fn backend(&self, precision: Precision) -> Backend {
        Backend::Device { name: self.name.clone(), device: self.device.clone(), precision, memory: None }
    }

    fn free(&self) -> Result<String, Box<dyn Error>> {
        let bytes = free_memory(&self.device)?;
        Ok(bytes.map_or_else(|| "the machine's own".into(), |bytes| format!("{:.2} GiB free", gib(bytes))))
    }
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// The card's own name, where this build knows of cards.
#[cfg(feature = "cuda")]
fn card(device: &Device) -> String {
    let Device::Cuda(cuda) = device else { return "candle's CPU device".into() };
    let stream = cuda.cuda_stream();
    let context = stream.context();
    let capability = context.compute_capability().map_or_else(|e| e.to_string(), |(a, b)| format!("{a}.{b}"));
    format!("{}, compute capability {capability}", context.name().unwrap_or_else(|error| error.to_string()))
}

/// The card's own name, where this build knows of cards.
#[cfg(not(feature = "cuda"))]
fn card(_device: &Device) -> String {
    "candle's CPU device".into()
}

/// Largest difference relative to the root mean square of what is expected; infinite if a number is not finite.
fn largest(found: &[f32], expected: &[f32]) -> f64 {
    let rms = (square(expected) / expected.len().max(1) as f64).sqrt();
    let each = found.iter().zip(expected).map(|(found, expected)| f64::from((found - expected).abs()) / rms);
    let all_there = found.len() == expected.len() && found.iter().all(|number| number.is_finite());
    if all_there { each.fold(0.0, f64::max) } else { f64::INFINITY }
}

/// Length of the difference relative to that of what is expected.
fn distance(found: &[f32], expected: &[f32]) -> f64 {
    let difference: Vec<f32> = found.iter().zip(expected).map(|(found, expected)| found - expected).collect();
    let ratio = (square(&difference) / square(expected)).sqrt();
    if found.len() == expected.len() && ratio.is_finite() { ratio } else { f64::INFINITY }
}

fn square(numbers: &[f32]) -> f64 {
    numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}

/// A loss that rises with every second answer.
fn slopes(tree: &PromptTree) -> Slopes {
    let slope = |cell: usize| if cell.is_multiple_of(2) { 0.1 } else { -0.1 };
    Slopes { log_probs: (0..tree.cells()).map(slope).collect(), values: Vec::new() }
}

/// A learner.
struct Player<'a> {
    tree: &'a PromptTree,
    adapter: Adapter,
    optimizer: AdamW,
    memo: Memo,
    epoch: u32,
}

impl<'a> Player<'a> {
    fn new(model: &BaseModel, tree: &'a PromptTree, agent: u32) -> Self {
        let lora = LoraConfig { rank: RANK, alpha: RANK as f64, ..LoraConfig::default() };
        let key = StreamKey { agent, ..StreamKey::default() };
        let mut adapter = Adapter::init(&lora, &model.config, &mut stream(1, Purpose::AdapterInit, key));
        // A new adapter changes nothing, which would test nothing.
        adapter.params.iter_mut().for_each(|x| *x += 1e-3);
        let optimizer = AdamW::new(adapter.params.len());
        Self { tree, adapter, optimizer, memo: Memo::default(), epoch: 0 }
    }
}

impl Update for Player<'_> {
    fn job(&self) -> Job<'_> {
        Job { tree: self.tree, agent: Agent { adapter: Some(&self.adapter), ..Agent::default() } }
    }

    fn memo(&mut self) -> Option<&mut Memo> {
        Some(&mut self.memo)
    }

    fn slopes(&mut self, _: Option<TreeScores>) -> Option<Slopes> {
        Some(slopes(self.tree))
    }

    fn step(&mut self, gradient: &Gradient) -> Next {
        let config = OptimizerConfig { lr: 1e-4, ..OptimizerConfig::default() };
        if self.optimizer.step(&config, &mut self.adapter.params, &gradient.adapter).is_err() {
            return Next::Done;
        }
        self.epoch += 1;
        if self.epoch.is_multiple_of(EPOCHS) { Next::Done } else { Next::Epoch }
    }
}

/// A model and one agent's prompts.
struct Subject {
    name: &'static str,
    model: Arc<BaseModel>,
    tree: PromptTree,
}

/// Compares scores and gradients with the CPU's in f32, whatever the device computes in.
fn compare(page: &mut Page, subject: &Subject, precision: Precision) -> Printed {
    let Subject { name, model, tree } = subject;
    let tolerance = Tolerance::of(precision);
    let players = [0, 1].map(|agent| Player::new(model, tree, agent));
    let jobs = [players[0].job(), players[1].job()];
    let all = [slopes(tree), slopes(tree)];
    let engine = DeviceEngine::new(model.clone(), page.device.clone(), precision, None)?;
    let (scores, kept) = engine.forward(&jobs, Keep::Everything)?;
    let gradients = engine.backward(&jobs, kept, &all)?;
    let cpu = CpuEngine::new(model.clone());
    let (mut off, mut turned) = (0.0f64, 0.0f64);
    for (job, (scores, gradient)) in jobs.iter().zip(scores.iter().zip(&gradients)) {
        let (mut workspace, mut expected) = (Workspace::new(), Gradient::zeros(&job.agent));
        let right = cpu.forward(tree, &job.agent, Keep::Everything, 1, &mut workspace);
        cpu.backward(tree, &job.agent, &all[0], 1, &mut workspace, &mut expected);
        off = off.max(largest(&scores.label_log_probs, &right.label_log_probs));
        turned = turned.max(distance(&gradient.adapter, &expected.adapter));
    }
    let format = precision.name();
    page.judge(&format!("{name}, {format}: scores"), off, tolerance.scores)?;
    page.judge(&format!("{name}, {format}: gradients"), turned, tolerance.gradient)
}

/// Seconds of the second of two runs: the first one compiles kernels.
fn seconds<T>(mut work: impl FnMut() -> Result<T, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    work()?;
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Times of one agent and of a tick of several on a device.
fn time(page: &Page, subject: &Subject, precision: Precision) -> Printed {
    let Subject { name, model, tree } = subject;
    let pool = || rayon::ThreadPoolBuilder::new().build();
    let engine: Engine = page.backend(precision).engine(model, pool()?)?;
    let mut players: Vec<Player> = (0..AGENTS as u32).map(|agent| Player::new(model, tree, agent)).collect();
    let score = seconds(|| {
        let job = Job { tree, agent: Agent { adapter: Some(&players[0].adapter), ..Agent::default() } };
        Ok(engine.score(&mut [Ask::once(job)], &|| ())?)
    })?;
    let learn = seconds(|| tick(&engine, &mut players[..1]))?;
    let all = seconds(|| tick(&engine, &mut players))?;
    let format = precision.name();
    page.line(&format!("{name}, {format}: score one agent"), &format!("{score:.4} s"))?;
    page.line(&format!("{name}, {format}: score and learn, {EPOCHS} epochs"), &format!("{learn:.4} s"))?;
    page.line(&format!("{name}, {format}: tick of {AGENTS} agents"), &format!("{all:.4} s"))?;
    page.line(&format!("{name}, {format}: memory of the device"), &page.free()?)
}

/// Scores all players, then has them learn.
fn tick(engine: &Engine, players: &mut [Player]) -> Printed {
    let mut asks: Vec<Ask> = players
        .iter_mut()
        .map(|player| {
            let agent = Agent { adapter: Some(&player.adapter), ..Agent::default() };
            Ask { job: Job { tree: player.tree, agent }, memo: Some(&mut player.memo) }
        })
        .collect();
    let scores = engine.score(&mut asks, &|| ())?;
    if let Some(broken) = scores.iter().find_map(TreeScores::broken) {
        return Err(format!("a score is {broken}").into());
    }
    drop(asks);
    Ok(engine.update(players, &|| ())?)
}

/// Plays the scenario on `backend`.
fn play(arguments: &Arguments, backend: Backend, out: &Path) -> Result<f64, Box<dyn Error>> {
    let mut simulation = Simulation::new();
    let mut changes = vec![format!("ticks={}", arguments.ticks)];
    let tiny = arguments.small.then(|| "Named(\"tiny\")".to_owned());
    changes.extend(arguments.model.clone().or(tiny).map(|model| format!("model={model}")));
    let scenario = load_text("mixed_morals.ron", SCENARIO, "mixed_morals", &changes, &simulation.known())
        .map_err(|errors| errors.render(false))?;
    let begun = Instant::now();
    let options = RunOptions { out: Some(out.to_path_buf()), backend, ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options)?;
    Ok(begun.elapsed().as_secs_f64())
}

/// The probabilities in the table of agents, by tick.
fn probabilities(folder: &Path) -> Result<Vec<(u32, Vec<f64>)>, Box<dyn Error>> {
    let mut table = csv::Reader::from_path(folder.join("strategy_evolution.csv"))?;
    let heads = table.headers()?.clone();
    let tick = heads.iter().position(|head| head == "tick").ok_or("there is no column `tick`")?;
    let wanted = |head: &str| head.starts_with("p_c_") && head != "p_c_source";
    let places: Vec<usize> =
        heads.iter().enumerate().filter(|(_, head)| wanted(head)).map(|(place, _)| place).collect();
    let mut rows = Vec::new();
    for row in table.records() {
        let row = row?;
        let numbers = places.iter().map(|&place| row[place].parse().unwrap_or(f64::NAN));
        rows.push((row[tick].parse()?, numbers.collect()));
    }
    Ok(rows)
}

/// Plays the scenario on the device and on the CPU and compares what agents would do.
fn compare_runs(page: &mut Page, arguments: &Arguments, precision: Precision) -> Printed {
    let folder = tempfile::tempdir()?;
    let [there, here] = ["device", "cpu"].map(|name| folder.path().join(name));
    let on_device = play(arguments, page.backend(precision), &there)?;
    let on_cpu = play(arguments, Backend::default(), &here)?;
    let (found, expected) = (probabilities(&there)?, probabilities(&here)?);
    let mut errors = [0.0f64; 2];
    if found.len() != expected.len() || found.is_empty() {
        errors[0] = f64::INFINITY;
    }
    for ((tick, found), (_, expected)) in found.iter().zip(&expected) {
        let error = &mut errors[usize::from(*tick > 0)];
        for (found, expected) in found.iter().zip(expected) {
            let differs = (found - expected).abs();
            let is_there = found.is_nan() == expected.is_nan();
            *error = error.max(if is_there { if differs.is_nan() { 0.0 } else { differs } } else { f64::INFINITY });
        }
    }
    let (tolerance, format) = (Tolerance::of(precision), precision.name());
    page.judge(&format!("mixed_morals, {format}: first tick"), errors[0], tolerance.first)?;
    page.judge(&format!("mixed_morals, {format}: later ticks"), errors[1], tolerance.later)?;
    page.line(&format!("mixed_morals, {format}: device, CPU"), &format!("{on_device:.1} s, {on_cpu:.1} s"))
}

/// A shape of a few layers, and prompts that fit its vocabulary.
fn small_subject() -> Result<Subject, Box<dyn Error>> {
    let shape = RandomShape {
        family: Family::Llama,
        layers: 4,
        hidden: 96,
        intermediate: 256,
        heads: 6,
        kv_heads: 2,
        head_dim: None,
        vocab: 2048,
        untied: false,
        seed: 1,
    };
    let mut rng = stream(1, Purpose::ModelInit, StreamKey::default());
    let model = Arc::new(BaseModel::random(shape.decoder()?, RandomParts::of(shape.family, false), &mut rng));
    Ok(Subject { name: "a small Llama", model, tree: tree(2048) })
}

/// Five prompts of 74 tokens, 48 of them shared, and two answers, of tokens below `vocab`.
fn tree(vocab: u32) -> PromptTree {
    let trunk: Vec<u32> = (0..48).map(|i| i * 31 % vocab).collect();
    let prompts: Vec<Vec<u32>> =
        (0..5).map(|i| [trunk.clone(), (0..26).map(|j| (100 * i + j) % vocab).collect()].concat()).collect();
    PromptTree::new(&prompts, &[vec![7, 8], vec![7, 9]])
}

/// Gemma-2-2b by its sizes: 10.5 GB of weights in f32.
fn large_shape() -> RandomShape {
    RandomShape {
        family: Family::Gemma2,
        layers: 26,
        hidden: 2304,
        intermediate: 9216,
        heads: 8,
        kv_heads: 4,
        head_dim: Some(256),
        vocab: 256_000,
        untied: false,
        seed: 1,
    }
}

/// The large shape in bf16, if both memories hold it.
fn time_large(page: &Page) -> Printed {
    let (shape, free) = (large_shape(), free_memory(&page.device)?);
    // On the host the weights, and a rounded matrix at a time; on the device half of that, and activations.
    let fits = free.is_some_and(|free| free > shape.bytes() * 2)
        && host::available().is_none_or(|free| free > shape.bytes() / 2 * 3);
    if !fits {
        return page.line("Gemma-2-2b's sizes", "left out: there is too little memory");
    }
    let mut rng = stream(1, Purpose::ModelInit, StreamKey::default());
    let model = Arc::new(BaseModel::random(shape.decoder()?, RandomParts::of(shape.family, false), &mut rng));
    time(page, &Subject { name: "Gemma-2-2b's sizes", model, tree: shapes::tree() }, Precision::Bf16)
}

fn check(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let (name, device) = match arguments.device {
        DeviceChoice::Cpu => ("cpu".to_owned(), Device::Cpu),
        DeviceChoice::Auto => ("cuda:0".to_owned(), DeviceEngine::cuda(0)?),
        DeviceChoice::Cuda(ordinal) => (format!("cuda:{ordinal}"), DeviceEngine::cuda(ordinal)?),
    };
    let mut page = Page { device, name, failed: 0 };
    page.line("agora", env!("CARGO_PKG_VERSION"))?;
    page.line("device", &format!("{}, {}", page.name, card(&page.device)))?;
    page.line("memory of the device", &page.free()?)?;
    let tiny = Subject { name: "tiny", model: tiny::load(ChatDate::default())?.base, tree: tree(260) };
    let subject = if arguments.small {
        small_subject()?
    } else {
        let mut rng = stream(1, Purpose::ModelInit, StreamKey::default());
        let model = BaseModel::random(shapes::smollm2_135m(), RandomParts::default(), &mut rng);
        Subject { name: "SmolLM2-135M's sizes", model: Arc::new(model), tree: shapes::tree() }
    };
    for precision in [Precision::F32, Precision::Bf16] {
        compare(&mut page, &tiny, precision)?;
        compare(&mut page, &subject, precision)?;
        time(&page, &subject, precision)?;
        compare_runs(&mut page, arguments, precision)?;
    }
    if !arguments.small {
        time_large(&page)?;
    }
    let verdict = if page.failed == 0 { "everything agrees".into() } else { format!("{} checks failed", page.failed) };
    page.line("verdict", &verdict)?;
    Ok(page.failed == 0)
}

fn main() -> ExitCode {
    match check(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
