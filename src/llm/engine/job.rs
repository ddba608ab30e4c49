//! What an engine is given and what it gives back.

use crate::llm::decoder::DecoderConfig;
use crate::llm::lora::Adapter;
use crate::llm::tree::PromptTree;

/// What is particular to an agent. Everything is optional; without any of it, this is the frozen base.
#[derive(Clone, Copy, Debug, Default)]
pub struct Agent<'a> {
    /// Its low-rank adapter.
    pub adapter: Option<&'a Adapter>,
    /// Its value head.
    pub value_head: Option<&'a ValueHead>,
    /// Start of all its prompts, run by the frozen base: the adapter acts only after it (activated LoRA).
    pub prefix: Option<&'a FrozenPrefix>,
}

/// A linear read-out of a prompt's value: weight · h + bias, with h the final-normed hidden state of its last token.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueHead {
    /// (hidden).
    pub weight: Vec<f32>,
    /// Added to the product.
    pub bias: f32,
}

impl ValueHead {
    /// A head that says 0 everywhere.
    pub fn zeros(hidden: usize) -> Self {
        Self { weight: vec![0.0; hidden], bias: 0.0 }
    }
}

/// Sums of gradients, laid out like the parameters they belong to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradient {
    /// Like [`Adapter::params`]; empty without an adapter.
    pub adapter: Vec<f32>,
    /// Like [`ValueHead::weight`]; empty without a value head.
    pub value_weight: Vec<f32>,
    /// Like [`ValueHead::bias`].
    pub value_bias: f32,
}

impl Gradient {
    /// Zero gradients for an agent's parameters.
    pub fn zeros(agent: &Agent) -> Self {
        Self {
            adapter: vec![0.0; agent.adapter.map_or(0, |adapter| adapter.params.len())],
            value_weight: vec![0.0; agent.value_head.map_or(0, |head| head.weight.len())],
            value_bias: 0.0,
        }
    }

    /// Turns these into zero gradients for an agent's parameters, reusing the memory.
    pub fn fit(&mut self, agent: &Agent) {
        let fit = |numbers: &mut Vec<f32>, len: usize| {
            numbers.clear();
            numbers.reserve_exact(len);
            numbers.resize(len, 0.0);
        };
        fit(&mut self.adapter, agent.adapter.map_or(0, |adapter| adapter.params.len()));
        fit(&mut self.value_weight, agent.value_head.map_or(0, |head| head.weight.len()));
        self.value_bias = 0.0;
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        (self.adapter.capacity() + self.value_weight.capacity()) * size_of::<f32>()
    }
}

/// What a forward pass says about every prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreeScores {
    /// ln π(label | prompt), (prompts, labels) or cell by cell where prompts have completions of their own: the sum
    /// over the label's tokens of log-softmax over the whole vocabulary.
    pub label_log_probs: Vec<f32>,
    /// The value of each prompt; empty without a value head.
    pub values: Vec<f32>,
    /// (prompts, hidden): final-normed hidden state of each prompt's last token.
    pub hidden: Vec<f32>,
}

impl TreeScores {
    /// The first log-probability or value that is not finite, if there is one.
    pub fn broken(&self) -> Option<f32> {
        self.label_log_probs.iter().chain(&self.values).copied().find(|number| !number.is_finite())
    }
}

/// Keys and values of a token sequence under the frozen base, for every layer.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenPrefix {
    /// The tokens.
    pub tokens: Vec<u32>,
    /// Per layer (kv_heads, tokens, head_dim).
    pub(in crate::llm) keys: Vec<Vec<f32>>,
    /// Per layer (kv_heads, tokens, head_dim).
    pub(in crate::llm) values: Vec<Vec<f32>>,
}

/// What forward keeps for backward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: for scoring only.
    #[default]
    Nothing,
    /// The inputs of every product and attention: the fastest training and the most memory.
    Everything,
    /// Only the residual stream between layers; backward computes each layer a second time.
    Residuals,
}

/// One agent's tree to be run.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Its prompts and labels.
    pub tree: &'a PromptTree,
    /// Its adapter, value head and frozen prefix.
    pub agent: Agent<'a>,
}

impl Job<'_> {
    /// Checks that the parts of the job fit each other and the model of `config`.
    ///
    /// # Panics
    /// If the prefix is not a common start of the tree's prompts, or the agent's adapter does not fit the model.
    pub(super) fn check(&self, config: &DecoderConfig) {
        let Self { tree, agent } = self;
        if let Some(prefix) = agent.prefix {
            let first = prefix.tokens.len();
            assert!(
                first <= tree.prefix_len && prefix.tokens[..] == tree.tokens[..first],
                "a frozen prefix of {first} tokens must be a common start of all prompts, which share {}",
                tree.prefix_len
            );
        }
        for slot in agent.adapter.iter().flat_map(|adapter| &adapter.slots) {
            let (rows, columns) = config.shape(slot.projection);
            assert!(
                slot.layer < config.layers() && slot.a.len() * rows == slot.b.len() * columns,
                "the adapter's {:?} of layer {} does not fit the base model",
                slot.projection,
                slot.layer
            );
        }
    }
}

/// Derivatives of a loss with respect to what a forward said about one job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slopes {
    /// With respect to ln π(label | prompt), (prompts, labels).
    pub log_probs: Vec<f32>,
    /// With respect to the values, (prompts); empty if there are none.
    pub values: Vec<f32>,
}

impl Slopes {
    /// The slopes of a loss that does not depend on what was said about `job`.
    pub fn zeros(job: &Job) -> Self {
        Self { log_probs: vec![0.0; job.tree.cells()], values: Vec::new() }
    }
}
