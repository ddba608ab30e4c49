//! The state of LLM agents that outlives a tick.

use super::{LastGood, LlmLearner, LlmPolicy};
use crate::learning::optimizer::AdamW;
use crate::llm::engine::ValueHead;
use crate::policies::llm::partner::{ChoosesByPrompt, KeptChoice};
use crate::world::snapshot::Snapshots;
use crate::world::{Home, ReadOut, ReadOutSource};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};

/// An agent between two ticks. Tables, texts and activations are rebuilt from it.
#[derive(Serialize, Deserialize)]
struct Kept {
    adapter: Vec<f32>,
    value_head: Option<(Vec<f32>, f32)>,
    generation: u64,
    /// `None` if it does not learn, or no longer does.
    learning: Option<KeptLearning>,
    choice: Option<KeptChoice>,
    /// What it played in the last tick, which its card tells if that was the run's last.
    played: (ReadOut, ReadOutSource),
}

#[derive(Serialize, Deserialize)]
struct KeptLearning {
    learner: Vec<f64>,
    optimizer: AdamW,
    value_optimizer: AdamW,
    last_good: Option<LastGood>,
}

pub(super) fn register(snapshots: &mut Snapshots) {
    snapshots.agents("language models", keep, recall);
}

fn keep(agent: EntityRef) -> Option<Kept> {
    let policy = agent.get::<LlmPolicy>()?;
    let learning = agent.get::<LlmLearner>().map(|learner| KeptLearning {
        learner: learner.learner.keep(),
        optimizer: learner.optimizer.clone(),
        value_optimizer: learner.value_optimizer.clone(),
        last_good: learner.last_good.clone(),
    });
    Some(Kept {
        adapter: policy.adapter.params.clone(),
        value_head: policy.value_head.as_ref().map(|head| (head.weight.clone(), head.bias)),
        generation: policy.generation,
        learning,
        choice: agent.get::<ChoosesByPrompt>().and_then(ChoosesByPrompt::keep),
        played: (agent.get().cloned().unwrap_or_default(), agent.get().copied().unwrap_or_default()),
    })
}

fn recall(agent: &mut EntityWorldMut, kept: Kept) -> Result<(), String> {
    if agent.get::<Home>().is_some_and(|home| !home.is_here) {
        return recall_elsewhere(agent, kept);
    }
    let mut policy = agent.get_mut::<LlmPolicy>().ok_or("it is no language model")?;
    if policy.adapter.params.len() != kept.adapter.len() {
        let (there, here) = (kept.adapter.len(), policy.adapter.params.len());
        return Err(format!("its adapter has {there} numbers, and {here} were expected"));
    }
    policy.adapter.params = kept.adapter;
    policy.value_head = kept.value_head.map(|(weight, bias)| ValueHead { weight, bias });
    policy.generation = kept.generation;
    agent.insert(kept.played);
    match kept.learning {
        None => {
            agent.remove::<LlmLearner>();
        }
        Some(learning) => {
            let mut learner = agent.get_mut::<LlmLearner>().ok_or("it does not learn")?;
            learner.learner.recall(&learning.learner)?;
            learner.optimizer = learning.optimizer;
            learner.value_optimizer = learning.value_optimizer;
            learner.last_good = learning.last_good;
        }
    }
    if let Some(choice) = kept.choice {
        agent.get_mut::<ChoosesByPrompt>().ok_or("it does not pick partners")?.recall(choice)?;
    }
    Ok(())
}

/// Takes up what ranks other than the agent's home know of it.
fn recall_elsewhere(agent: &mut EntityWorldMut, kept: Kept) -> Result<(), String> {
    let mut policy = agent.get_mut::<LlmPolicy>().ok_or("it is no language model")?;
    policy.generation = kept.generation;
    agent.insert(kept.played);
    if kept.learning.is_none() {
        agent.remove::<LlmLearner>();
    }
    Ok(())
}
