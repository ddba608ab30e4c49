//! A layer of the model as a pass runs through it, in either direction.

use super::kernels::attention::{Attention, ScoreRule};
use super::kernels::heads::{HeadNorms, Placement};
use super::linear::Linear;
use crate::llm::decoder::{DecoderConfig, Group, LayerWeights};
use crate::llm::engine::cpu::{CpuEngine, Pass};

/// One layer of the model during one pass.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    engine: &'a CpuEngine,
    pub pass: &'a Pass<'a>,
    pub index: usize,
    pub config: &'a DecoderConfig,
    pub weights: &'a LayerWeights,
}

/// Where a half of a layer joins the residual stream: its last projection, and the norm after it where there is one.
pub(super) struct Branch<'a> {
    pub linear: Linear<'a>,
    pub post_norm: Option<&'a [f32]>,
    pub eps: f32,
    pub threads: usize,
}

impl CpuEngine {
    /// Layer `index` during `pass`.
    pub(super) fn layer<'a>(&'a self, pass: &'a Pass<'a>, index: usize) -> Layer<'a> {
        Layer { engine: self, pass, index, config: &self.model.config, weights: &self.model.layers[index] }
    }
}

impl<'a> Layer<'a> {
    pub(super) fn is_last(&self) -> bool {
        self.index + 1 == self.config.layers()
    }

    /// Number of rows that the layer takes from its attention to its output: in the last one, only those that are read.
    pub(super) fn rows_out(&self) -> usize {
        if self.is_last() { self.pass.read_rows.len() } else { self.pass.shape.rows }
    }

    /// The projections of one group, with the agent's adapter.
    pub(super) fn linear(&self, group: Group) -> Linear<'a> {
        let frozen = self.engine.frozen(self.index, group);
        Linear::new(self.config, frozen, self.pass.agent.adapter, self.index, group, self.pass.threads)
    }

    /// The end of attention.
    pub(super) fn attention_branch(&self) -> Branch<'a> {
        self.branch(Group::Output, self.weights.attention_post_norm.as_deref())
    }

    /// The end of the MLP.
    pub(super) fn mlp_branch(&self) -> Branch<'a> {
        self.branch(Group::Down, self.weights.mlp_post_norm.as_deref())
    }

    fn branch(&self, group: Group, post_norm: Option<&'a [f32]>) -> Branch<'a> {
        let linear = self.linear(group);
        Branch { linear, post_norm, eps: self.config.norm_eps, threads: self.pass.threads }
    }

    pub(super) fn attention(&self) -> Attention<'a> {
        let rule = ScoreRule { scale: self.config.query_scale, softcap: self.config.attention_softcap };
        Attention { shape: &self.pass.shape, plan: &self.pass.kinds[self.kind()].0, rule }
    }

    pub(super) fn placement(&self) -> Placement<'a> {
        let (query, key) = (self.weights.q_norm.as_deref(), self.weights.k_norm.as_deref());
        let norms = HeadNorms { query, key, eps: self.config.norm_eps };
        Placement { shape: self.pass.shape, norms, rotation: &self.pass.kinds[self.kind()].1 }
    }

    /// Which of the model's attention settings the layer has.
    fn kind(&self) -> usize {
        self.engine.kind_of[self.index]
    }
}
