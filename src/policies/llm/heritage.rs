//! What language models that learn hand on: the adapter, the value head, the state of the learner and the moments of
//! its optimizers.
//!
//! 1. A fresh adapter is not kept: it is drawn again from the seed. Whatever else is kept is kept once and shared.
//! 2. Moments belong to the factors A and B. Mutation keeps A, and moments with it; a mean of two adapters has factors
//!    of its own, and its moments start again.
//! 3. An agent whose learning has stopped hands on its adapter, and a child in its place does not learn.

use super::generate::Texts;
use super::{DecisionTable, LastGood, LlmLearner, LlmPolicy};
use crate::learning::optimizer::AdamW;
use crate::llm::engine::ValueHead;
use crate::llm::lora::Adapter;
use crate::llm::low_rank::{Noise, NotDecomposed};
use crate::rng::{Purpose, Stream, StreamKey, stream};
use crate::world::snapshot::Opaque;
use crate::world::{AdapterNoise, AgentId, Behaviour, HandsOn, ReadOut};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};

/// The stream that the fresh adapter of `agent` is drawn from.
pub fn adapter_stream(seed: u64, agent: AgentId) -> Stream {
    stream(seed, Purpose::AdapterInit, StreamKey { agent: agent.0, ..StreamKey::default() })
}

/// How language models hand on what they have learned.
pub(super) struct Adapters;

/// The parameters of an adapter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Parameters {
    /// Those of the fresh adapter of an agent.
    Fresh {
        seed: u64,
        agent: AgentId,
    },
    Kept(Vec<f32>),
}

/// What an agent has learned.
#[derive(Debug, Serialize, Deserialize)]
struct Learned {
    adapter: Parameters,
    /// Weight and bias.
    value_head: Option<(Vec<f32>, f32)>,
    /// Number of updates behind the adapter.
    generation: u64,
    /// `None` if its learning has stopped.
    learning: Option<Learning>,
}

/// The state of a learner.
#[derive(Debug, Serialize, Deserialize)]
struct Learning {
    learner: Vec<f64>,
    /// Those of the adapter and of the value head; `None` before their first step.
    moments: Option<(AdamW, AdamW)>,
    last_good: Option<LastGood>,
}

impl Learned {
    fn of(agent: EntityRef) -> Option<Self> {
        let policy = agent.get::<LlmPolicy>()?;
        let learning = agent.get::<LlmLearner>().map(|learner| Learning {
            learner: learner.learner.keep(),
            moments: (learner.optimizer.steps() > 0)
                .then(|| (learner.optimizer.clone(), learner.value_optimizer.clone())),
            last_good: learner.last_good.clone(),
        });
        Some(Self {
            adapter: Parameters::Kept(policy.adapter.params.clone()),
            value_head: policy.value_head.as_ref().map(|head| (head.weight.clone(), head.bias)),
            generation: policy.generation,
            learning,
        })
    }

    fn forget_moments(&mut self) {
        if let Some(learning) = &mut self.learning {
            learning.moments = None;
        }
    }
}

impl Parameters {
    /// The adapter with these parameters, which is shaped as that of `like`.
    fn adapter(self, like: &Adapter) -> Result<Adapter, String> {
        let Adapter { config, slots, invocation, params } = like;
        let len = params.len();
        let with =
            |params| Adapter { config: config.clone(), slots: slots.clone(), invocation: invocation.clone(), params };
        match self {
            Self::Fresh { seed, agent } => {
                let mut adapter = with(vec![0.0; len]);
                adapter.draw(&mut adapter_stream(seed, agent));
                Ok(adapter)
            }
            Self::Kept(params) if params.len() == len => Ok(with(params)),
            Self::Kept(params) => Err(format!("its adapter has {len} numbers, and its parent's has {}", params.len())),
        }
    }
}

fn adapter_of(agent: EntityRef<'_>) -> Result<&Adapter, String> {
    Ok(&agent.get::<LlmPolicy>().ok_or("it is no language model")?.adapter)
}

impl HandsOn for Adapters {
    fn keep(&self, agent: EntityRef) -> Option<Opaque> {
        Learned::of(agent).map(|learned| Opaque::new(&learned))
    }

    fn inborn(&self, agent: EntityRef, seed: u64) -> Option<Opaque> {
        let mut learned = Learned::of(agent)?;
        let fresh = Parameters::Fresh { seed, agent: *agent.get::<AgentId>()? };
        let drawn = fresh.clone().adapter(adapter_of(agent).ok()?).ok()?;
        if learned.adapter == Parameters::Kept(drawn.params) {
            learned.adapter = fresh;
        }
        Some(Opaque::new(&learned))
    }

    fn recall(&self, agent: &mut EntityWorldMut, kept: &Opaque) -> Result<(), String> {
        let learned: Learned = kept.open()?;
        let mut policy = agent.get_mut::<LlmPolicy>().ok_or("it is no language model")?;
        if policy.value_head.is_some() != learned.value_head.is_some() {
            return Err("one of them has a value head".into());
        }
        policy.adapter = learned.adapter.adapter(&policy.adapter)?;
        policy.value_head = learned.value_head.map(|(weight, bias)| ValueHead { weight, bias });
        policy.generation = learned.generation;
        let parameters = policy.adapter.params.len();
        let value_parameters = policy.value_head.as_ref().map_or(0, |head| head.weight.len() + 1);
        if let Some(mut learner) = agent.get_mut::<LlmLearner>() {
            let fresh = || (AdamW::new(parameters), AdamW::new(value_parameters));
            let (moments, last_good) = match learned.learning {
                Some(learning) => {
                    learner.learner.recall(&learning.learner)?;
                    (learning.moments, learning.last_good)
                }
                None => (None, None),
            };
            (learner.optimizer, learner.value_optimizer) = moments.unwrap_or_else(fresh);
            learner.last_good = last_good;
        }
        self.forget(agent);
        Ok(())
    }

    /// Tables, texts and read-outs of the agent that was in its place before say nothing of a newborn.
    fn forget(&self, agent: &mut EntityWorldMut) {
        if let Some(mut table) = agent.get_mut::<DecisionTable>() {
            table.generation = None;
        }
        if let Some(mut texts) = agent.get_mut::<Texts>() {
            texts.generation = None;
        }
        if agent.contains::<LlmPolicy>() {
            if let Some(mut read_out) = agent.get_mut::<ReadOut>() {
                read_out.0.clear();
            }
            if let Some(mut behaviour) = agent.get_mut::<Behaviour>() {
                *behaviour = Behaviour::default();
            }
        }
    }

    fn without_moments(&self, kept: &Opaque) -> Result<Opaque, String> {
        let mut learned: Learned = kept.open()?;
        learned.forget_moments();
        Ok(Opaque::new(&learned))
    }

    fn mutated(&self, like: EntityRef, kept: &Opaque, noise: AdapterNoise, rng: &mut Stream) -> Result<Opaque, String> {
        let mut learned: Learned = kept.open()?;
        let AdapterNoise { deviation, rotation } = noise;
        let adapter = learned.adapter.adapter(adapter_of(like)?)?;
        let params = adapter.noisy(Noise { deviation, rotation }, rng).map_err(|error| error.to_string())?;
        learned.adapter = Parameters::Kept(params);
        Ok(Opaque::new(&learned))
    }

    fn crossed(&self, like: EntityRef, first: &Opaque, second: &Opaque) -> Result<Opaque, String> {
        let (mut child, other): (Learned, Learned) = (first.open()?, second.open()?);
        if child.adapter == other.adapter && child.value_head == other.value_head {
            return Ok(first.clone());
        }
        let shape = adapter_of(like)?;
        let [own, others] = [child.adapter, other.adapter].map(|params| params.adapter(shape));
        let params = own?.mean(&others?).map_err(|error: NotDecomposed| error.to_string())?;
        child.adapter = Parameters::Kept(params);
        if let (Some((weight, bias)), Some((other_weight, other_bias))) = (&mut child.value_head, other.value_head) {
            weight.iter_mut().zip(other_weight).for_each(|(own, other)| *own = (*own + other) / 2.0);
            *bias = (*bias + other_bias) / 2.0;
        }
        child.forget_moments();
        Ok(Opaque::new(&child))
    }
}
