//! What an LLM agent consists of.

use super::PromptSet;
use crate::learning::optimizer::AdamW;
use crate::learning::{AnyLearner, Estimator, PolicyTable, Step, Trajectory};
use crate::llm::engine::budget::plan::{MemoryPlan, SpareWorkspaces};
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Agent, FrozenPrefix, Gradient, ValueHead};
use crate::llm::error::ModelError;
use crate::llm::lora::Adapter;
use crate::llm::text::tokenizer::ChatTokenizer;
use bevy_ecs::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The frozen base model all LLM agents share, and how it is run.
#[derive(Resource, Debug)]
pub struct BaseLlm {
    /// The engine over the base model.
    pub engine: CpuEngine,
    /// The workers. Agents are spread over them, one each; results do not depend on their number.
    pub pool: rayon::ThreadPool,
    /// How learners share memory.
    pub plan: MemoryPlan,
    /// Workspaces for passes that leave nothing behind.
    pub spare: SpareWorkspaces,
}

impl BaseLlm {
    /// The model under `plan`, no workspace made yet.
    pub fn new(engine: CpuEngine, pool: rayon::ThreadPool, plan: MemoryPlan) -> Self {
        Self { engine, pool, plan, spare: SpareWorkspaces::default() }
    }

    /// Runs `work` on every one of `items` with the number of threads it may use, as many at once as there are workers and
    /// workspaces. `heavy` of the items run passes: the threads are shared among these.
    pub(super) fn each<T: Send, R: Send>(
        &self,
        items: &mut [T],
        heavy: usize,
        work: impl Fn(usize, &mut T) -> R + Sync,
    ) -> Vec<R> {
        let workers = self.pool.current_num_threads();
        let (group, threads) = match self.plan {
            MemoryPlan::InTurns { workspaces, .. } if workspaces < workers => (workspaces.max(1), workers),
            _ => (items.len().max(1), self.threads_each(heavy)),
        };
        let run = |group: &mut [T]| group.par_iter_mut().map(|item| work(threads, item)).collect::<Vec<R>>();
        self.pool.install(|| items.chunks_mut(group).flat_map(run).collect())
    }

    /// Threads for one agent's pass when `agents` are to be run: one each if there are enough agents, else all for one.
    pub fn threads_each(&self, agents: usize) -> usize {
        let workers = self.pool.current_num_threads();
        if agents >= workers { 1 } else { workers }
    }
}

/// Why nobody can play on: a model that gives no numbers. Once it is set, the rest of the tick does not happen, and the run
/// ends.
#[derive(Resource, Debug, Default)]
pub struct LlmFailure(pub Option<ModelError>);

impl LlmFailure {
    /// Notes that the model gave `value` to the agent called `name`; the first failure stays.
    pub(super) fn note(&mut self, name: &str, value: f32) {
        self.0.get_or_insert_with(|| ModelError::NotFinite { whose: format!("agent `{name}`"), value });
    }
}

/// Text to tokens and back for the base model.
#[derive(Resource, Debug)]
pub struct LlmTokenizer(pub Arc<ChatTokenizer>);

/// A language model with an adapter of the agent's own.
#[derive(Component, Debug)]
pub struct LlmPolicy {
    /// All prompts it can see; shared by agents that are asked alike.
    pub prompts: Arc<PromptSet>,
    /// Its low-rank adapter.
    pub adapter: Adapter,
    /// Its value head, if its learner needs one.
    pub value_head: Option<ValueHead>,
    /// Start of all prompts as the frozen base reads it, if the adapter acts only after it.
    pub prefix: Option<Arc<FrozenPrefix>>,
    /// Version of the parameters: the number of updates so far. Tables and texts are rebuilt when it differs from theirs, so
    /// code that puts other parameters in without an update must change it too.
    pub generation: u64,
}

impl LlmPolicy {
    /// The policy as the engine takes it.
    pub fn for_engine(&self) -> Agent<'_> {
        Agent { adapter: Some(&self.adapter), value_head: self.value_head.as_ref(), prefix: self.prefix.as_deref() }
    }
}

/// The probabilities an LLM agent plays by in this tick.
#[derive(Component, Clone, Debug)]
pub struct DecisionTable {
    /// The generation that was scored; none yet.
    pub generation: Option<u64>,
    /// ln π(label | prompt) over the whole vocabulary, (prompts, labels).
    pub raw: Vec<f32>,
    /// The same as a policy over outcomes.
    pub policy: PolicyTable,
    /// Running sums of the outcomes' probabilities, (prompts, outcomes), to draw from.
    pub cumulative: Vec<f64>,
}

impl Default for DecisionTable {
    fn default() -> Self {
        let policy = PolicyTable { outcomes: 1, log_probs: Vec::new(), values: Vec::new() };
        Self { generation: None, raw: Vec::new(), policy, cumulative: Vec::new() }
    }
}

impl DecisionTable {
    /// The first log-probability or value that is not finite, if there is one: nothing can be drawn from such a table.
    pub fn broken(&self) -> Option<f32> {
        let values = self.policy.values.iter().map(|&value| value as f32);
        self.raw.iter().copied().chain(values).find(|number| !number.is_finite())
    }

    /// The outcome at `prompt` that a uniform draw `u` in [0, 1) selects.
    pub fn pick(&self, prompt: usize, u: f64) -> usize {
        let outcomes = self.policy.outcomes;
        let row = &self.cumulative[prompt * outcomes..(prompt + 1) * outcomes];
        // Rounding may leave the last sum a hair below 1; the last outcome takes the rest.
        row.iter().position(|&sum| u < sum).unwrap_or(outcomes - 1)
    }
}

/// What an LLM agent lived through in this tick.
#[derive(Component, Clone, Debug, Default)]
pub struct Experience {
    /// Decisions of the current round that have not been rewarded yet: position among the agent's seats, seat, step.
    pub pending: Vec<(u32, u32, Step)>,
    /// One trajectory per seat of the agent.
    pub trajectories: Vec<Trajectory>,
}

/// What makes an LLM agent learn.
#[derive(Component, Debug)]
pub struct LlmLearner {
    /// The algorithm and its state.
    pub learner: AnyLearner,
    /// What its updates are made of. An exact one needs a [`crate::world::RewardTable`] on the agent.
    pub estimator: Estimator,
    /// Moments of the adapter.
    pub optimizer: AdamW,
    /// Moments of the value head, weight and bias.
    pub value_optimizer: AdamW,
    /// Where gradients are gathered.
    pub gradient: Gradient,
    /// What the pass that played left for the update, where the plan lets every learner keep it; else empty.
    pub workspace: Workspace,
    /// The policy before the last update, to go back to if the update turns out to have broken it; `None`: no update yet.
    pub last_good: Option<LastGood>,
}

/// A policy's parameters as they were before an update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastGood {
    generation: u64,
    adapter: Vec<f32>,
    /// Weight and bias.
    value_head: Option<(Vec<f32>, f32)>,
}

impl LlmLearner {
    /// Keeps `policy` as it is now.
    pub(super) fn keep(&mut self, policy: &LlmPolicy) {
        let value_head = policy.value_head.as_ref().map(|head| (head.weight.clone(), head.bias));
        let mut adapter = self.last_good.take().map_or_else(Vec::new, |kept| kept.adapter);
        adapter.clone_from(&policy.adapter.params);
        self.last_good = Some(LastGood { generation: policy.generation, adapter, value_head });
    }

    /// Makes `policy` again what was kept last, whatever has stepped since; returns whether anything was kept.
    pub(super) fn restore(&self, policy: &mut LlmPolicy) -> bool {
        let Some(kept) = &self.last_good else { return false };
        policy.generation = kept.generation;
        policy.adapter.params.clone_from(&kept.adapter);
        policy.value_head = kept.value_head.clone().map(|(weight, bias)| ValueHead { weight, bias });
        true
    }
}
