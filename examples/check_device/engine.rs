//! Scores and gradients against the CPU's, and the work of `bench_step`.

use super::machine::Machine;
use super::page::Page;
use super::{Outcome, shapes};
use agora::host;
use agora::learning::optimizer::{AdamW, OptimizerConfig};
use agora::llm::decoder::BaseModel;
use agora::llm::engine::cpu::{CpuEngine, Workspace};
use agora::llm::engine::device::DeviceEngine;
use agora::llm::engine::precision::Precision;
use agora::llm::engine::{Agent, Ask, Engine, FrozenPrefix, Gradient, Job, Keep, Memo, Next};
use agora::llm::engine::{Slopes, TreeScores, Update};
use agora::llm::family::Family;
use agora::llm::files::random::{RandomParts, RandomShape};
use agora::llm::files::tiny;
use agora::llm::lora::Adapter;
use agora::llm::text::chat::ChatDate;
use agora::llm::tree::PromptTree;
use agora::rng::{Purpose, StreamKey, stream};
use std::sync::Arc;
use std::time::Instant;

/// Learners that take a tick together, as in `bench_step`.
pub(crate) const AGENTS: usize = 16;
/// Epochs of an update, as there.
const EPOCHS: u32 = 4;

/// A model and one agent's prompts.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    model: Arc<BaseModel>,
    tree: PromptTree,
    /// Rank of adapters.
    rank: usize,
    /// How often work is timed.
    pub(crate) repeats: usize,
}

impl Subject {
    /// The built-in model.
    pub(crate) fn tiny() -> Outcome<Self> {
        let model = tiny::load(ChatDate::default())?.base;
        Ok(Self { name: "`tiny`", model, tree: small_tree(260), rank: 8, repeats: 1 })
    }

    /// What `bench_step` measures: the sizes of SmolLM2-135M, five prompts, and adapters of rank 64.
    pub(crate) fn smollm2() -> Self {
        let mut rng = stream(1, Purpose::ModelInit, StreamKey::default());
        let model = Arc::new(BaseModel::random(shapes::smollm2_135m(), RandomParts::default(), &mut rng));
        Self { name: "SmolLM2-135M's sizes", model, tree: shapes::tree(), rank: 64, repeats: 3 }
    }

    /// The same in small.
    pub(crate) fn small() -> Outcome<Self> {
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
        Ok(Self { name: "a small Llama's sizes", model, tree: small_tree(2048), rank: 8, repeats: 1 })
    }
}

/// Five prompts of 74 tokens, 48 of them shared, and two answers, of tokens below `vocab`.
fn small_tree(vocab: u32) -> PromptTree {
    let trunk: Vec<u32> = (0..48).map(|i| i * 31 % vocab).collect();
    let prompts: Vec<Vec<u32>> =
        (0..5).map(|i| [trunk.clone(), (0..26).map(|j| (100 * i + j) % vocab).collect()].concat()).collect();
    PromptTree::new(&prompts, &[vec![7, 8], vec![7, 9]])
}

/// A learner with everything that it keeps between updates.
struct Player<'a> {
    tree: &'a PromptTree,
    prefix: Option<&'a FrozenPrefix>,
    adapter: Adapter,
    optimizer: AdamW,
    memo: Memo,
    epoch: u32,
}

impl<'a> Player<'a> {
    fn new(subject: &'a Subject, prefix: Option<&'a FrozenPrefix>, agent: u32) -> Self {
        let adapter = shapes::adapter(&subject.model.config, subject.rank, agent);
        let optimizer = AdamW::new(adapter.params.len());
        Self { tree: &subject.tree, prefix, adapter, optimizer, memo: Memo::default(), epoch: 0 }
    }
}

impl Update for Player<'_> {
    fn job(&self) -> Job<'_> {
        Job { tree: self.tree, agent: Agent { adapter: Some(&self.adapter), value_head: None, prefix: self.prefix } }
    }

    fn memo(&mut self) -> Option<&mut Memo> {
        Some(&mut self.memo)
    }

    fn slopes(&mut self, _: Option<TreeScores>) -> Option<Slopes> {
        Some(slopes(self.tree))
    }

    fn step(&mut self, gradient: &Gradient) -> Next {
        let config = OptimizerConfig { lr: 1e-4, ..OptimizerConfig::default() };
        // A gradient that is not finite ends the update here; the next scores are looked at in `tick`.
        if self.optimizer.step(&config, &mut self.adapter.params, &gradient.adapter).is_err() {
            self.adapter.params.fill(f32::NAN);
            return Next::Done;
        }
        self.epoch += 1;
        if self.epoch.is_multiple_of(EPOCHS) { Next::Done } else { Next::Epoch }
    }
}

/// Derivatives of a loss that rises with every first answer and falls with every second one.
fn slopes(tree: &PromptTree) -> Slopes {
    let slope = |cell: usize| if cell.is_multiple_of(2) { 0.1 } else { -0.1 };
    Slopes { log_probs: (0..tree.cells()).map(slope).collect(), values: Vec::new() }
}

/// Compares scores and gradients of two agents in one batch with the CPU's in f32, whatever the device computes in.
pub(crate) fn compare(page: &mut Page, machine: &Machine, subject: &Subject, precision: Precision) -> Outcome<()> {
    let Subject { name, model, tree, .. } = subject;
    let players = [0, 1].map(|agent| Player::new(subject, None, agent));
    let jobs = [players[0].job(), players[1].job()];
    let all = [slopes(tree), slopes(tree)];
    let device = DeviceEngine::new(model.clone(), machine.device.clone(), precision, None)?;
    let (scores, kept) = device.forward(&jobs, Keep::Everything)?;
    let gradients = device.backward(&jobs, kept, &all)?;
    let (cpu, threads) = (CpuEngine::new(model.clone()), host::processors());
    let (mut of_scores, mut of_gradients) = (0.0f64, 0.0f64);
    for (job, (scores, gradient)) in jobs.iter().zip(scores.iter().zip(&gradients)) {
        let (mut workspace, mut expected) = (Workspace::new(), Gradient::zeros(&job.agent));
        let right = cpu.forward(tree, &job.agent, Keep::Everything, threads, &mut workspace);
        cpu.backward(tree, &job.agent, &all[0], threads, &mut workspace, &mut expected);
        of_scores = of_scores.max(largest(&scores.label_log_probs, &right.label_log_probs));
        of_gradients = of_gradients.max(distance(&gradient.adapter, &expected.adapter));
    }
    let (scores, gradients) = match precision {
        Precision::F32 => (1e-3, 1e-2),
        Precision::Bf16 => (0.05, 0.1),
    };
    page.judge(&format!("{name}: scores"), precision.name(), of_scores, scores)?;
    page.judge(&format!("{name}: gradients"), precision.name(), of_gradients, gradients)
}

/// Largest difference relative to the root mean square of what is expected; infinite if it is no number.
fn largest(found: &[f32], expected: &[f32]) -> f64 {
    let rms = (square(expected) / expected.len() as f64).sqrt();
    let differences = found.iter().zip(expected).map(|(found, expected)| f64::from((found - expected).abs()) / rms);
    let is_whole = found.len() == expected.len() && rms > 0.0 && found.iter().all(|number| number.is_finite());
    if is_whole { differences.fold(0.0, f64::max) } else { f64::INFINITY }
}

/// Length of the difference relative to that of what is expected; infinite if it is no number.
fn distance(found: &[f32], expected: &[f32]) -> f64 {
    let difference: Vec<f32> = found.iter().zip(expected).map(|(found, expected)| found - expected).collect();
    let ratio = (square(&difference) / square(expected)).sqrt();
    if found.len() == expected.len() && ratio.is_finite() { ratio } else { f64::INFINITY }
}

fn square(numbers: &[f32]) -> f64 {
    numbers.iter().map(|&number| f64::from(number) * f64::from(number)).sum()
}

/// Times of one agent and of a tick of several, with ordinary and with activated adapters.
pub(crate) fn measure(page: &Page, machine: &Machine, subject: &Subject, precision: Precision) -> Outcome<()> {
    let tree = &subject.tree;
    let pool = rayon::ThreadPoolBuilder::new().build()?;
    let engine = machine.backend(precision).engine(&subject.model, pool)?;
    let frozen = engine.freeze_prefix(&tree.tokens[..tree.prefix_len], host::processors())?;
    for (kind, prefix) in [("", None), ("activated, ", Some(&frozen))] {
        let mut players: Vec<Player> = (0..AGENTS as u32).map(|agent| Player::new(subject, prefix, agent)).collect();
        let (times, memory) = machine.watching_memory(|| -> Outcome<[f64; 3]> {
            let best = |work: &mut dyn FnMut() -> Outcome<()>| best(subject.repeats, work);
            let score = best(&mut || Ok(engine.score(&mut [Ask::once(players[0].job())], &|| ()).map(drop)?))?;
            let learn = best(&mut || tick(&engine, &mut players[..1]))?;
            Ok([score, learn, best(&mut || tick(&engine, &mut players))?])
        });
        let [score, learn, tick] = times?.map(|seconds| format!("{seconds:.4}"));
        page.row(&[&format!("{kind}{}", precision.name()), &score, &learn, &tick, &memory])?;
    }
    Ok(())
}

/// Seconds of the best of `repeats` after a first time, in which kernels are loaded and memory is got.
fn best(repeats: usize, work: &mut dyn FnMut() -> Outcome<()>) -> Outcome<f64> {
    work()?;
    let mut best = f64::INFINITY;
    for _ in 0..repeats {
        let begun = Instant::now();
        work()?;
        best = best.min(begun.elapsed().as_secs_f64());
    }
    Ok(best)
}

/// Scores all players, then has them learn: the forward that scored serves as the first epoch's.
fn tick(engine: &Engine, players: &mut [Player]) -> Outcome<()> {
    let mut asks: Vec<Ask> = players
        .iter_mut()
        .map(|Player { tree, prefix, adapter, memo, .. }| {
            let agent = Agent { adapter: Some(adapter), value_head: None, prefix: *prefix };
            Ask { job: Job { tree, agent }, memo: Some(memo) }
        })
        .collect();
    let scores = engine.score(&mut asks, &|| ())?;
    if let Some(broken) = scores.iter().find_map(TreeScores::broken) {
        return Err(format!("the device said {broken} for a log-probability").into());
    }
    drop(asks);
    Ok(engine.update(players, &|| ())?)
}
