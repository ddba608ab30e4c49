//! What an LLM agent consists of.

use super::PromptSet;
use crate::learning::optimizer::AdamW;
use crate::learning::{Estimator, Learner, PolicyTable, Step, Trajectory};
use crate::llm::engine::{Agent, Engine, FrozenPrefix, Memo, ValueHead};
use crate::llm::lora::Adapter;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::world::Home;
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The frozen base model all LLM agents share, and what runs it.
#[derive(Resource, Debug)]
pub struct BaseLlm(pub Engine);

/// Text to tokens and back for the base model.
#[derive(Resource, Debug)]
pub struct LlmTokenizer(pub Arc<ChatTokenizer>);

/// A language model with an adapter of the agent's own. Away from its [`Home`], it has no parameters, and of its
/// learner only what does not change.
#[derive(Component, Debug)]
#[require(Home)]
pub struct LlmPolicy {
    /// All prompts it can see; shared by agents that are asked alike.
    pub prompts: Arc<PromptSet>,
    /// Its low-rank adapter.
    pub adapter: Adapter,
    /// Its value head, if its learner needs one.
    pub value_head: Option<ValueHead>,
    /// Start of all prompts as the frozen base reads it, if the adapter acts only after it.
    pub prefix: Option<Arc<FrozenPrefix>>,
    /// Version of the parameters: the number of updates so far. Tables and texts are rebuilt when it differs from
    /// theirs, so code that replaces the parameters without an update must change it too.
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
    /// The generation that was scored; `None` before the first.
    pub generation: Option<u64>,
    /// ln π(label | prompt) over the whole vocabulary, (prompts, labels).
    pub raw: Vec<f32>,
    /// The same as a policy over outcomes.
    pub policy: PolicyTable,
    /// Running sums of the outcomes' probabilities, (prompts, outcomes), to draw from.
    pub cumulative: Vec<f64>,
    /// The frozen base model's own policy; shared by agents that are asked alike.
    pub reference: Arc<PolicyTable>,
}

impl DecisionTable {
    /// A table that is not scored yet, of an agent whose base model has the policy `reference`.
    pub fn new(reference: Arc<PolicyTable>) -> Self {
        let policy = PolicyTable { outcomes: 1, log_probs: Vec::new(), values: Vec::new() };
        Self { generation: None, raw: Vec::new(), policy, cumulative: Vec::new(), reference }
    }

    /// The first log-probability or value that is not finite, if there is one: nothing can be drawn from such a table.
    pub fn broken(&self) -> Option<f32> {
        let values = self.policy.values.iter().map(|&value| value as f32);
        self.raw.iter().copied().chain(values).find(|number| !number.is_finite())
    }

    /// The outcome at `prompt` that a uniform draw `u` in [0, 1) selects.
    pub fn pick(&self, prompt: usize, u: f64) -> usize {
        let outcomes = self.policy.outcomes;
        let row = &self.cumulative[prompt * outcomes..(prompt + 1) * outcomes];
        // Rounding may leave the last sum a hair below 1; the last outcome with a chance takes the rest.
        row.iter().position(|&sum| u < sum).unwrap_or_else(|| row.partition_point(|&sum| sum < row[outcomes - 1]))
    }
}

/// What an LLM agent has lived through in this tick.
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
    pub learner: Box<dyn Learner>,
    /// What its updates are made of. An exact one needs a [`crate::world::RewardTable`] on the agent.
    pub estimator: Estimator,
    /// Moments of the adapter.
    pub optimizer: AdamW,
    /// Moments of the value head, weight and bias.
    pub value_optimizer: AdamW,
    /// What the pass that played left for the update.
    pub memo: Memo,
    /// The policy before the last update, to return to if the update turns out to have broken it; `None` if there has
    /// been no update yet.
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

    /// Turns `policy` back into what was kept last, whatever steps were taken since; returns whether anything was kept.
    pub(super) fn restore(&self, policy: &mut LlmPolicy) -> bool {
        let Some(kept) = &self.last_good else { return false };
        policy.generation = kept.generation;
        policy.adapter.params.clone_from(&kept.adapter);
        policy.value_head = kept.value_head.clone().map(|(weight, bias)| ValueHead { weight, bias });
        true
    }
}
