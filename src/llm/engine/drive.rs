//! One engine, whatever runs it: agents side by side on the CPU's workers, or batch by batch on a device.
//!
//! What an agent computes is what it would compute alone, so no result depends on the order, the number of workers or
//! the plan for sharing memory.

use super::budget::plan::{MemoryPlan, Space, Spare};
use super::cpu::{CpuEngine, Workspace};
use super::device::{DeviceEngine, DeviceError, Kept};
use super::update::{Ask, Memo, Next, Update};
use super::{Agent, FrozenPrefix, Job, Keep, Slopes, TreeScores};
use crate::llm::decoder::BaseModel;
use crate::llm::lora::Adapter;
use crate::llm::tree::PromptTree;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A base model and what runs it.
#[derive(Debug)]
pub struct Engine {
    runner: Runner,
    /// The workers. Agents are spread over them, one each.
    pool: ThreadPool,
}

#[derive(Debug)]
enum Runner {
    Cpu {
        engine: CpuEngine,
        /// How learners share memory.
        plan: MemoryPlan,
        /// Buffers for passes that leave nothing behind, and for gradients.
        spare: Spare,
    },
    Device {
        engine: DeviceEngine,
        /// Scorings so far.
        passes: AtomicU64,
        /// The last scoring that kept something: its number, and what it left.
        last: Mutex<Option<(u64, Kept)>>,
    },
}

/// Called after each agent's share of the work.
pub type Done<'a> = &'a (dyn Fn() + Sync);

impl Engine {
    /// The CPU's engine with the workers of `pool`, under `plan`.
    pub fn on_cpu(engine: CpuEngine, pool: ThreadPool, plan: MemoryPlan) -> Self {
        Self { runner: Runner::Cpu { engine, plan, spare: Spare::default() }, pool }
    }

    /// A device's engine; `pool` does what remains for the CPU.
    pub fn on_device(engine: DeviceEngine, pool: ThreadPool) -> Self {
        Self { runner: Runner::Device { engine, passes: AtomicU64::new(0), last: Mutex::default() }, pool }
    }

    /// The base model.
    pub fn model(&self) -> &BaseModel {
        match &self.runner {
            Runner::Cpu { engine, .. } => engine.model(),
            Runner::Device { engine, .. } => engine.model(),
        }
    }

    /// The workers.
    pub fn pool(&self) -> &ThreadPool {
        &self.pool
    }

    /// The CPU's engine; `None` if a device runs the model.
    pub fn cpu(&self) -> Option<&CpuEngine> {
        match &self.runner {
            Runner::Cpu { engine, .. } => Some(engine),
            Runner::Device { .. } => None,
        }
    }

    /// The device's engine; `None` if the CPU runs the model.
    pub fn device(&self) -> Option<&DeviceEngine> {
        match &self.runner {
            Runner::Cpu { .. } => None,
            Runner::Device { engine, .. } => Some(engine),
        }
    }

    /// How learners share the CPU's memory; `None` if a device runs the model.
    pub fn plan(&self) -> Option<MemoryPlan> {
        match &self.runner {
            Runner::Cpu { plan, .. } => Some(*plan),
            Runner::Device { .. } => None,
        }
    }

    /// Makes learners share the CPU's memory under another plan from now on. Does nothing on a device, which plans its
    /// own batches.
    pub fn set_plan(&mut self, wanted: MemoryPlan) {
        if let Runner::Cpu { plan, .. } = &mut self.runner {
            *plan = wanted;
        }
    }

    /// Bytes of the spare buffers, those that are not lent out at present.
    pub fn spare_bytes(&self) -> usize {
        match &self.runner {
            Runner::Cpu { spare, .. } => spare.bytes(),
            Runner::Device { .. } => 0,
        }
    }

    /// Threads for one agent's pass when `agents` are to be run: one each if there are enough agents, else all of them.
    pub fn threads_each(&self, agents: usize) -> usize {
        let workers = self.pool.current_num_threads();
        if agents >= workers { 1 } else { workers }
    }

    /// Runs `work` on each of `items`, with the number of threads that it may use; as many run at once as there are
    /// workers and workspaces.
    fn each<T: Send, R: Send>(
        &self,
        plan: MemoryPlan,
        items: &mut [T],
        work: impl Fn(usize, &mut T) -> R + Sync,
    ) -> Vec<R> {
        let workers = self.pool.current_num_threads();
        let (group, threads) = match plan {
            MemoryPlan::InTurns { workspaces, .. } if workspaces < workers => (workspaces.max(1), workers),
            _ => (items.len().max(1), self.threads_each(items.len())),
        };
        let run = |group: &mut [T]| group.par_iter_mut().map(|item| work(threads, item)).collect::<Vec<R>>();
        self.pool.install(|| items.chunks_mut(group).flat_map(run).collect())
    }

    /// What the model says about every ask, in order; `done` is called once for each.
    ///
    /// # Errors
    /// If the device fails.
    pub fn score(&self, asks: &mut [Ask], done: Done) -> Result<Vec<TreeScores>, DeviceError> {
        match &self.runner {
            Runner::Cpu { engine, plan, spare } => Ok(self.each(*plan, asks, |threads, ask| {
                let scores = score_on_cpu(engine, *plan, spare, threads, ask);
                done();
                scores
            })),
            Runner::Device { engine, passes, last } => {
                let pass = passes.fetch_add(1, Ordering::Relaxed);
                let (scores, kept) = score_on_device(engine, pass, asks)?;
                if let Some(kept) = kept {
                    *last.lock().expect("nothing that holds the lock panics") = Some((pass, kept));
                }
                asks.iter().for_each(|_| done());
                Ok(scores)
            }
        }
    }

    /// Takes every update through all of its epochs; `done` is called once for each.
    ///
    /// The first epoch goes back through the very pass that was scored last, or through a repetition of it where
    /// nothing was kept; later ones run the changed parameters forward.
    ///
    /// # Errors
    /// If the device fails: some updates may be left half done.
    pub fn update<U: Update>(&self, updates: &mut [U], done: Done) -> Result<(), DeviceError> {
        match &self.runner {
            Runner::Cpu { engine, plan, spare } => {
                self.each(*plan, updates, |threads, update| {
                    update_on_cpu(engine, *plan, spare, threads, update);
                    done();
                });
                Ok(())
            }
            Runner::Device { engine, last, .. } => {
                let last = last.lock().expect("nothing that holds the lock panics").take();
                update_on_device(engine, last, updates)?;
                updates.iter().for_each(|_| done());
                Ok(())
            }
        }
    }

    /// Runs `tokens` through the frozen base and keeps their keys and values.
    ///
    /// # Errors
    /// If the device fails.
    pub fn freeze_prefix(&self, tokens: &[u32], threads: usize) -> Result<FrozenPrefix, DeviceError> {
        match &self.runner {
            Runner::Cpu { engine, .. } => Ok(self.pool.install(|| engine.freeze_prefix(tokens, threads))),
            Runner::Device { engine, .. } => engine.freeze_prefix(tokens),
        }
    }

    /// Scores `tree`, whose prompts all begin with the tokens `frozen`. The base reads these without the adapter
    /// (activated LoRA); if there are none, the adapter acts everywhere. The CPU uses `threads` threads.
    ///
    /// # Errors
    /// If the device fails.
    pub fn read(
        &self,
        tree: &PromptTree,
        adapter: Option<&Adapter>,
        frozen: &[u32],
        threads: usize,
    ) -> Result<TreeScores, DeviceError> {
        let prefix = (!frozen.is_empty()).then(|| self.freeze_prefix(frozen, threads)).transpose()?;
        let job = Job { tree, agent: Agent { adapter, prefix: prefix.as_ref(), value_head: None } };
        match &self.runner {
            Runner::Cpu { engine, .. } => {
                let forward = || engine.forward(tree, &job.agent, Keep::Nothing, threads, &mut Workspace::new());
                Ok(self.pool.install(forward))
            }
            Runner::Device { engine, .. } => Ok(engine.forward(&[job], Keep::Nothing)?.0.remove(0)),
        }
    }

    /// [`Engine::read`] for the one prompt `tokens` of `tree`: an activated adapter acts from its tokens on, and not at
    /// all where they do not occur.
    ///
    /// # Errors
    /// If the device fails.
    pub fn read_one(
        &self,
        tree: &PromptTree,
        tokens: &[u32],
        adapter: Option<&Adapter>,
        threads: usize,
    ) -> Result<TreeScores, DeviceError> {
        let acting = adapter.and_then(|adapter| adapter.acts_from(tokens).map(|first| (adapter, first)));
        match acting {
            Some((adapter, first)) => self.read(tree, Some(adapter), &tokens[..first], threads),
            None => self.read(tree, None, &[], threads),
        }
    }
}

fn score_on_cpu(engine: &CpuEngine, plan: MemoryPlan, spare: &Spare, threads: usize, ask: &mut Ask) -> TreeScores {
    let Job { tree, agent } = ask.job;
    let once = || spare.lend(|space| engine.forward(tree, &agent, Keep::Nothing, threads, &mut space.workspace));
    match (ask.memo.as_deref_mut(), plan) {
        (None, _) => once(),
        (Some(memo), MemoryPlan::InTurns { .. }) => {
            memo.pass = None;
            once()
        }
        (Some(memo), MemoryPlan::Together(keep)) => {
            memo.pass = Some((0, 0));
            engine.forward(tree, &agent, keep, threads, &mut memo.workspace)
        }
    }
}

/// Runs all epochs of one update. What its scoring kept is in the memo's workspace; otherwise it borrows one.
fn update_on_cpu(engine: &CpuEngine, plan: MemoryPlan, spare: &Spare, threads: usize, update: &mut impl Update) {
    spare.lend(|Space { workspace, gradient }| {
        let mut held = update.memo().and_then(|memo| memo.pass.take().map(|_| std::mem::take(&mut memo.workspace)));
        let mut is_kept = held.is_some();
        let workspace = held.as_mut().unwrap_or(workspace);
        loop {
            let scores = (!is_kept).then(|| {
                let Job { tree, agent } = update.job();
                engine.forward(tree, &agent, plan.keep(), threads, workspace)
            });
            is_kept = false;
            let Some(slopes) = update.slopes(scores) else { break };
            let Job { tree, agent } = update.job();
            gradient.fit(&agent);
            engine.backward(tree, &agent, &slopes, threads, workspace, gradient);
            if update.step(gradient) == Next::Done {
                break;
            }
        }
        if let (Some(memo), Some(workspace)) = (update.memo(), held) {
            memo.workspace = workspace;
        }
    });
}

/// Scores all asks. Those with an update to follow share one pass that keeps what fits, returned with the scores.
fn score_on_device(
    engine: &DeviceEngine,
    pass: u64,
    asks: &mut [Ask],
) -> Result<(Vec<TreeScores>, Option<Kept>), DeviceError> {
    let (learning, frozen): (Vec<usize>, Vec<usize>) = (0..asks.len()).partition(|&ask| asks[ask].memo.is_some());
    let mut scores: Vec<Option<TreeScores>> = vec![None; asks.len()];
    let mut run = |places: &[usize], keep: Keep| {
        let jobs: Vec<Job> = places.iter().map(|&place| asks[place].job).collect();
        let (found, kept) = engine.forward(&jobs, keep)?;
        for (&place, found) in places.iter().zip(found) {
            scores[place] = Some(found);
        }
        Ok::<Kept, DeviceError>(kept)
    };
    run(&frozen, Keep::Nothing)?;
    let kept = (!learning.is_empty()).then(|| run(&learning, Keep::Everything)).transpose()?;
    for (number, &place) in learning.iter().enumerate() {
        if let Some(memo) = &mut asks[place].memo {
            memo.pass = Some((pass, number));
        }
    }
    Ok((scores.into_iter().map(|found| found.expect("every ask is in one of the two lists")).collect(), kept))
}

/// Runs all epochs of all updates in lockstep, every epoch as one batch of those that continue.
fn update_on_device<U: Update>(
    engine: &DeviceEngine,
    last: Option<(u64, Kept)>,
    updates: &mut [U],
) -> Result<(), DeviceError> {
    let passes: Vec<_> =
        updates.iter_mut().map(|update| update.memo().and_then(|memo: &mut Memo| memo.pass.take())).collect();
    let mut active: Vec<&mut U> = updates.iter_mut().collect();
    // An agent that was scored and does not learn leaves a gap, and then nothing that was kept fits.
    let mut kept = last.and_then(|(pass, kept)| {
        let expected = (0..kept.jobs()).map(|place| Some((pass, place)));
        passes.into_iter().eq(expected).then_some(kept)
    });
    while !active.is_empty() {
        let jobs: Vec<Job> = active.iter().map(|update| update.job()).collect();
        let (kept, scores) = match kept.take() {
            Some(kept) => (kept, None),
            None => {
                let (scores, kept) = engine.forward(&jobs, Keep::Everything)?;
                (kept, Some(scores))
            }
        };
        let mut scores = scores.into_iter().flatten();
        let found: Vec<Option<Slopes>> = active.iter_mut().map(|update| update.slopes(scores.next())).collect();
        let goes_on: Vec<bool> = found.iter().map(Option::is_some).collect();
        let jobs: Vec<Job> = active.iter().map(|update| update.job()).collect();
        // The batch goes back whole; an update that has stopped takes no step.
        let slopes: Vec<Slopes> =
            found.into_iter().zip(&jobs).map(|(found, job)| found.unwrap_or_else(|| Slopes::zeros(job))).collect();
        let gradients = engine.backward(&jobs, kept, &slopes)?;
        let stepped = active.into_iter().zip(gradients).zip(goes_on).filter(|(_, goes_on)| *goes_on);
        active = stepped
            .filter_map(|((update, gradient), _)| (update.step(&gradient) == Next::Epoch).then_some(update))
            .collect();
    }
    Ok(())
}
