//! One description of a decoder-only transformer that covers every supported family, and its frozen weights.

use crate::llm::weight::Weight;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The linear layers of a decoder block, named as checkpoints name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// Attention: what a token looks for.
    QProj,
    /// Attention: what a token is found by.
    KProj,
    /// Attention: what a token passes on.
    VProj,
    /// Attention: what is made of the values that were found.
    OProj,
    /// Feed-forward: the gate, which lets parts of the inner layer through.
    GateProj,
    /// Feed-forward: into the inner layer.
    UpProj,
    /// Feed-forward: out of the inner layer.
    DownProj,
}

impl Projection {
    /// All of them, in checkpoint order.
    pub const ALL: [Projection; 7] =
        [Self::QProj, Self::KProj, Self::VProj, Self::OProj, Self::GateProj, Self::UpProj, Self::DownProj];
}

/// Projections with a common input, in the order of their outputs in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// q, k, v.
    Attention,
    /// o.
    Output,
    /// gate, up.
    Mlp,
    /// down.
    Down,
}

impl Group {
    /// All of them, in the order in which a block runs them.
    pub const ALL: [Group; 4] = [Self::Attention, Self::Output, Self::Mlp, Self::Down];

    /// Its projections, in the order of their outputs.
    pub fn projections(self) -> &'static [Projection] {
        match self {
            Self::Attention => &[Projection::QProj, Projection::KProj, Projection::VProj],
            Self::Output => &[Projection::OProj],
            Self::Mlp => &[Projection::GateProj, Projection::UpProj],
            Self::Down => &[Projection::DownProj],
        }
    }
}

/// Nonlinearity of the gated MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// x · sigmoid(x): Llama, Qwen.
    Silu,
    /// The tanh approximation of GELU: Gemma.
    GeluTanh,
}

/// How rotary frequencies are stretched for long contexts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RopeScaling {
    /// Frequencies as they are.
    None,
    /// Positions divided by a factor.
    Linear {
        /// The factor.
        factor: f32,
    },
    /// Llama 3.1's rule: low frequencies are divided, high ones kept, those between blended.
    Llama3 {
        /// Divisor of low frequencies.
        factor: f32,
        /// Wavelengths above `original_context / low_freq_factor` are divided.
        low_freq_factor: f32,
        /// Wavelengths below `original_context / high_freq_factor` are kept.
        high_freq_factor: f32,
        /// Context length of the original training.
        original_context: f32,
    },
}

/// Rotary embedding and attention window of one layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerAttention {
    /// Base of the rotary frequencies.
    pub rope_theta: f32,
    /// How the frequencies are stretched.
    pub rope_scaling: RopeScaling,
    /// A token sees this many tokens, including itself; `None`: all before it.
    pub window: Option<usize>,
}

/// Sizes and switches of a decoder. Llama is the plain case; each switch names the family it was made for.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// Rows of the embedding.
    pub vocab: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width of the MLP.
    pub intermediate: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; `heads` is a multiple of this number.
    pub kv_heads: usize,
    /// Width of one head.
    pub head_dim: usize,
    /// ε of every RMSNorm.
    pub norm_eps: f32,
    /// One entry per layer.
    pub attention: Vec<LayerAttention>,
    /// Nonlinearity of the MLP.
    pub activation: Activation,
    /// Factor on query · key: 1/√head_dim, or Gemma's own.
    pub query_scale: f32,
    /// Factor on the embeddings: 1, or √hidden (Gemma).
    pub embedding_scale: f32,
    /// cap · tanh(x / cap) on attention scores (Gemma 2).
    pub attention_softcap: Option<f32>,
    /// cap · tanh(x / cap) on logits (Gemma 2).
    pub logit_softcap: Option<f32>,
}

/// No model is wider or has more tokens, but a damaged file may claim anything.
const SIZE_MAX: usize = 1 << 24;

impl DecoderConfig {
    /// What makes these sizes impossible for a decoder, in a sentence: zeros, billions, heads that do not fit together.
    pub(crate) fn problem(&self) -> Option<String> {
        let Self { vocab, hidden, intermediate, heads, kv_heads, head_dim, .. } = *self;
        let sizes = [
            ("tokens", vocab),
            ("hidden width", hidden),
            ("MLP width", intermediate),
            ("query heads", heads),
            ("key heads", kv_heads),
            ("head width", head_dim),
            ("width of all heads", heads.saturating_mul(head_dim)),
        ];
        let wrong = sizes.into_iter().find(|(_, size)| !(1..=SIZE_MAX).contains(size));
        if let Some((what, size)) = wrong {
            return Some(format!("{what} {size} cannot be right, expected 1 to {SIZE_MAX}"));
        }
        let fit = heads.is_multiple_of(kv_heads) && head_dim.is_multiple_of(2);
        (!fit).then(|| {
            format!(
                "{heads} query heads, {kv_heads} key heads, head width {head_dim}, hidden {hidden} do not go together; \
                 query heads must be a multiple of key heads and the head width even"
            )
        })
    }

    /// Number of layers.
    pub fn layers(&self) -> usize {
        self.attention.len()
    }

    /// (rows out, columns in) of the weight of `projection`.
    pub fn shape(&self, projection: Projection) -> (usize, usize) {
        let (queries, keys) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        match projection {
            Projection::QProj => (queries, self.hidden),
            Projection::KProj | Projection::VProj => (keys, self.hidden),
            Projection::OProj => (self.hidden, queries),
            Projection::GateProj | Projection::UpProj => (self.intermediate, self.hidden),
            Projection::DownProj => (self.hidden, self.intermediate),
        }
    }
}

/// Frozen weights of one block. Norm weights already include Gemma's "+ 1".
#[derive(Clone, Debug)]
pub struct LayerWeights {
    /// RMSNorm before attention.
    pub attention_norm: Vec<f32>,
    /// RMSNorm before the MLP.
    pub mlp_norm: Vec<f32>,
    /// RMSNorm after attention, before the residual sum (Gemma 2, 3).
    pub attention_post_norm: Option<Vec<f32>>,
    /// RMSNorm after the MLP, before the residual sum (Gemma 2, 3).
    pub mlp_post_norm: Option<Vec<f32>>,
    /// RMSNorm of each query head (Qwen3, Gemma 3).
    pub q_norm: Option<Vec<f32>>,
    /// RMSNorm of each key head (Qwen3, Gemma 3).
    pub k_norm: Option<Vec<f32>>,
    /// Biases of q, k, v (Qwen2).
    pub qkv_bias: Option<[Vec<f32>; 3]>,
    /// The seven matrices, indexed by [`Projection`] in the order of [`Projection::ALL`].
    pub projections: [Weight; 7],
}

/// A frozen base model in f32, shared by all agents.
#[derive(Clone, Debug)]
pub struct BaseModel {
    /// Sizes and switches.
    pub config: DecoderConfig,
    /// (vocab, hidden).
    pub embedding: Weight,
    /// One entry per layer.
    pub layers: Vec<LayerWeights>,
    /// RMSNorm after the last block.
    pub final_norm: Vec<f32>,
    /// (vocab, hidden); `None`: the embedding takes its place (tied).
    pub lm_head: Option<Weight>,
}

impl BaseModel {
    /// The matrix that turns hidden states into logits, (vocab, hidden).
    pub fn output_matrix(&self) -> &Weight {
        self.lm_head.as_ref().unwrap_or(&self.embedding)
    }
}

#[cfg(test)]
mod tests {
    use crate::llm::files::tiny;

    #[test]
    fn sizes_that_no_decoder_has_are_named() {
        assert_eq!(tiny::config().problem(), None);
        let mut empty = tiny::config();
        // A matrix without columns holds no numbers, so it could have any number of rows.
        (empty.hidden, empty.vocab) = (0, 1 << 40);
        assert!(empty.problem().is_some_and(|problem| problem.contains("tokens 1099511627776 cannot be right")));
        empty.vocab = 260;
        assert!(empty.problem().is_some_and(|problem| problem.contains("hidden width 0 cannot be right")));
        let mut uneven = tiny::config();
        uneven.kv_heads = 3;
        assert!(uneven.problem().is_some_and(|problem| problem.contains("do not go together")));
    }
}
