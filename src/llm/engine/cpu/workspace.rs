//! The buffers of one agent's passes: what forward leaves for backward, and scratch. They grow once and are then
//! reused.

use crate::llm::engine::Keep;

/// The first `len` numbers of a buffer, grown if it is shorter; their values are whatever was there.
pub(super) fn fit(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        // Exactly, so that buffers hold what `Workspace::predict` says and not up to twice as much.
        buffer.reserve_exact(len - buffer.len());
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

/// What one layer's forward leaves for its backward. Rows are the tree's nodes without the frozen prefix; in the last
/// layer, from `attended` on, only those that are read.
#[derive(Clone, Debug, Default)]
pub(super) struct LayerTape {
    /// (rows, projected): queries, keys and values before head norms and rotation.
    pub projected: Vec<f32>,
    /// (kv_heads, rows, group, head_dim).
    pub q: Vec<f32>,
    /// (kv_heads, keys, head_dim).
    pub k: Vec<f32>,
    /// (kv_heads, keys, head_dim).
    pub v: Vec<f32>,
    /// (rows, heads · head_dim): what attention gives o_proj.
    pub attended: Vec<f32>,
    /// (rows, hidden): o_proj's output before its norm, where there is such a norm.
    pub attention_out: Vec<f32>,
    /// (rows, hidden): the residual stream between attention and MLP.
    pub middle: Vec<f32>,
    /// (rows, 2 · intermediate): gates, then ups.
    pub gate_up: Vec<f32>,
    /// (rows, hidden): down_proj's output before its norm, where there is such a norm.
    pub mlp_out: Vec<f32>,
    /// A x of each group of projections that share their input, (rows, adapted projections · rank).
    pub low_rank: [Vec<f32>; 4],
}

/// Buffers whose contents do not outlive a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Normed input of a group, or an MLP activation.
    pub input: Vec<f32>,
    /// The rows of a residual stream that are read.
    pub picked: Vec<f32>,
    /// Attention's output before the heads are merged.
    pub heads: Vec<f32>,
    /// Scores of attention.
    pub scores: Vec<f32>,
    /// The A matrices of a group, one below another.
    pub a: Vec<f32>,
    /// Gradients, named after what they are gradients of.
    pub d_residual: Vec<f32>,
    pub d_output: Vec<f32>,
    pub d_input: Vec<f32>,
    pub d_gate_up: Vec<f32>,
    pub d_projected: Vec<f32>,
    pub d_heads: Vec<f32>,
    pub d_q: Vec<f32>,
    pub d_k: Vec<f32>,
    pub d_v: Vec<f32>,
    pub d_low_rank: Vec<f32>,
    pub d_a: Vec<f32>,
}

/// What the end of the model leaves behind. Rows are the tree's `logit_nodes`.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// (rows, hidden): after the final norm.
    pub hidden: Vec<f32>,
    /// (rows, vocab); backward turns them into their gradient in place.
    pub logits: Vec<f32>,
    /// ln Σ exp of each row of logits.
    pub log_sum_exp: Vec<f64>,
    /// Gradient of `hidden`.
    pub d_hidden: Vec<f32>,
}

/// All buffers of one agent's forward and backward. Make one and use it for all calls: after the first calls nothing is
/// allocated.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// What the last forward kept; a backward uses it up.
    pub(super) kept: Keep,
    /// Number of nodes in the tree of the last forward, to detect a backward over another tree.
    pub(super) nodes: usize,
    /// Length of the frozen prefix of the last forward.
    pub(super) first: usize,
    /// Residual stream before each layer and, for the rows read, after the last; without backward, two that alternate.
    pub(super) residuals: Vec<Vec<f32>>,
    /// One per layer, or one for all.
    pub(super) tapes: Vec<LayerTape>,
    pub(super) scratch: Scratch,
    pub(super) head: Head,
}

impl Workspace {
    /// No buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let Scratch { input, heads, scores, a, d_residual, d_output, d_input, d_gate_up, d_projected, d_heads, .. } =
            &self.scratch;
        let Scratch { picked, d_q, d_k, d_v, d_low_rank, d_a, .. } = &self.scratch;
        let scratch = [
            input,
            heads,
            scores,
            a,
            d_residual,
            d_output,
            d_input,
            d_gate_up,
            d_projected,
            d_heads,
            d_q,
            d_k,
            d_v,
            d_low_rank,
            d_a,
            picked,
        ];
        let Head { hidden, logits, log_sum_exp, d_hidden } = &self.head;
        let head = [hidden, logits, d_hidden];
        let tapes = self.tapes.iter().flat_map(LayerTape::buffers);
        let numbers: usize =
            scratch.into_iter().chain(head).chain(&self.residuals).chain(tapes).map(Vec::capacity).sum();
        numbers * size_of::<f32>() + log_sum_exp.capacity() * size_of::<f64>()
    }

    /// Makes room for the residual streams and tapes that `keep` asks for.
    pub(super) fn prepare(&mut self, layers: usize, keep: Keep) {
        let (residuals, tapes) = match keep {
            Keep::Nothing => (2, 1),
            Keep::Residuals => (layers + 1, 1),
            Keep::Everything => (layers + 1, layers),
        };
        if self.residuals.len() < residuals {
            self.residuals.resize_with(residuals, Vec::new);
        }
        if self.tapes.len() < tapes {
            self.tapes.resize_with(tapes, LayerTape::default);
        }
    }
}

impl LayerTape {
    fn buffers(&self) -> impl Iterator<Item = &Vec<f32>> {
        let Self { projected, q, k, v, attended, attention_out, middle, gate_up, mlp_out, low_rank } = self;
        [projected, q, k, v, attended, attention_out, middle, gate_up, mlp_out].into_iter().chain(low_rank)
    }
}
