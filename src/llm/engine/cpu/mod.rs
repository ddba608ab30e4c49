//! The CPU engine: log-probabilities of labels after prompts, and their gradients for one agent's adapter and value
//! head.
//!
//! [`CpuEngine::forward`] runs a [`PromptTree`] through the base model with the agent's adapter;
//! [`CpuEngine::backward`] takes the gradient of a loss on its outputs back to the adapter. Arithmetic is f32,
//! except products with frozen matrices where [`Precision::Bf16`] is asked for, and rotary frequencies and ln Σ exp,
//! which are f64. Results do not depend on the number of
//! threads.

mod backward;
mod forward;
mod frozen;
pub mod generate;
pub mod kernels;
mod layer;
mod linear;
mod packs;
mod workspace;

use crate::llm::decoder::Group;
use crate::llm::decoder::{BaseModel, LayerAttention};
use crate::llm::engine::cpu::frozen::{Bf16Weights, Frozen};
use crate::llm::engine::cpu::kernels::attention::BLOCK_ROWS;
use crate::llm::engine::cpu::kernels::heads::{HeadShape, Rotation};
use crate::llm::engine::cpu::kernels::plan::Plan;
use crate::llm::engine::precision::Precision;
use crate::llm::tree::PromptTree;
use std::sync::Arc;

pub use self::workspace::Workspace;
use super::{Agent, Job};

/// A base model ready to be run with adapters; shared by all threads.
#[derive(Clone, Debug)]
pub struct CpuEngine {
    pub(super) model: Arc<BaseModel>,
    /// The model's matrices in bf16; `None`: they are used as they are.
    rounded: Option<Arc<Bf16Weights>>,
    /// The distinct attention settings of the model's layers.
    pub(super) kinds: Vec<LayerAttention>,
    /// Which of them each layer has.
    pub(super) kind_of: Vec<usize>,
}

/// One tree on its way through the model.
pub(super) struct Pass<'a> {
    pub tree: &'a PromptTree,
    pub agent: &'a Agent<'a>,
    pub shape: HeadShape,
    /// Rows that are read at the end, ascending.
    pub read_rows: Vec<usize>,
    /// For each kind of layer: who sees whom, and rotary angles.
    pub kinds: Vec<(Plan, Rotation)>,
    pub threads: usize,
}

impl CpuEngine {
    /// An engine over `model`, in f32.
    ///
    /// # Panics
    /// If the model has no layer.
    pub fn new(model: Arc<BaseModel>) -> Self {
        Self::with_precision(model, Precision::F32)
    }

    /// An engine over `model` whose products with frozen matrices are computed in `precision`. Every processor can
    /// compute in bf16; those without AMX or AVX512-BF16 are slower in it than in f32.
    ///
    /// # Panics
    /// If the model has no layer.
    pub fn with_precision(model: Arc<BaseModel>, precision: Precision) -> Self {
        assert!(model.config.layers() > 0, "a decoder has layers");
        let mut kinds: Vec<LayerAttention> = Vec::new();
        let mut kind_of = Vec::new();
        for attention in &model.config.attention {
            let kind = kinds.iter().position(|kind| kind == attention).unwrap_or_else(|| {
                kinds.push(*attention);
                kinds.len() - 1
            });
            kind_of.push(kind);
        }
        let rounded = (precision == Precision::Bf16).then(|| Arc::new(Bf16Weights::new(&model)));
        Self { model, rounded, kinds, kind_of }
    }

    /// The matrices of a group of a layer.
    fn frozen(&self, layer: usize, group: Group) -> Frozen<'_> {
        if let Some(rounded) = &self.rounded {
            return rounded.group(layer, group);
        }
        let weights = &self.model.layers[layer].projections;
        Frozen::F32(group.projections().iter().map(|&projection| &weights[projection as usize]).collect())
    }

    /// The matrix of logits.
    fn output(&self) -> Frozen<'_> {
        let plain = || Frozen::F32(vec![self.model.output_matrix()]);
        self.rounded.as_ref().map_or_else(plain, |rounded| rounded.output())
    }

    /// Bytes of the matrices that are held besides the model's own.
    pub fn extra_bytes(&self) -> usize {
        self.rounded.as_ref().map_or(0, |rounded| rounded.bytes())
    }

    /// The base model.
    pub fn model(&self) -> &BaseModel {
        &self.model
    }

    /// Lays out a pass over the nodes of `tree` after the agent's frozen prefix.
    ///
    /// # Panics
    /// If the prefix is not a common start of the tree's prompts, or the agent's adapter does not fit the model.
    pub(super) fn pass<'a>(&self, tree: &'a PromptTree, agent: &'a Agent<'a>, threads: usize) -> Pass<'a> {
        Job { tree, agent: *agent }.check(&self.model.config);
        let first = agent.prefix.map_or(0, |prefix| prefix.tokens.len());
        self.lay_out(tree, agent, first, threads)
    }

    /// A pass over the nodes of `tree` from `first` on; the keys and values of the others are those of the agent's
    /// prefix.
    pub(super) fn lay_out<'a>(
        &self,
        tree: &'a PromptTree,
        agent: &'a Agent<'a>,
        first: usize,
        threads: usize,
    ) -> Pass<'a> {
        let config = &self.model.config;
        let positions = &tree.positions[first..];
        let kind = |kind: &LayerAttention| {
            (Plan::new(tree, first, kind.window, BLOCK_ROWS), Rotation::new(kind, config.head_dim, positions))
        };
        let shape = HeadShape {
            rows: tree.len() - first,
            first,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
        };
        let read_rows = tree.logit_nodes.iter().map(|node| node - first).collect();
        Pass { tree, agent, shape, read_rows, kinds: self.kinds.iter().map(kind).collect(), threads }
    }
}
