//! What distinguishes one family of decoders from another.

use crate::llm::decoder::Activation;

/// Which layers see only a window of the text, unless `config.json` says so layer by layer (`layer_types`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// None of them.
    None,
    /// Where `config.json` sets `use_sliding_window`, those from `max_window_layers` on; else none, whatever
    /// `layer_types` says. GGUF files have none.
    Switched,
    /// All but every `period`-th.
    AllBut {
        /// Distance from one layer without a window to the next.
        period: usize,
        /// Whether `config.json` may name another period, as `sliding_window_pattern`.
        may_differ: bool,
    },
}

/// What distinguishes a family from the plain decoder, which is Llama's: what its checkpoints hold, and what applies
/// where they are silent. Defaults are those of the family's configuration class in Hugging Face's transformers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FamilyRules {
    /// The word that GGUF files use in `general.architecture` and in front of architecture-specific keys; also our own
    /// word in rows and manifests.
    pub name: &'static str,
    /// The class that `config.json` names in `architectures`.
    pub hf_architecture: &'static str,
    /// What `sim schema` and the documents say about it.
    pub meaning: &'static str,
    /// Width of a head; `None`: hidden / heads.
    pub head_dim: Option<usize>,
    /// Queries are scaled by 1/√x, where x is `query_pre_attn_scalar`, or this number; `None`: x is the head's width.
    pub query_scalar: Option<f32>,
    /// Nonlinearity of the MLP.
    pub activation: Activation,
    /// Whether embeddings are multiplied by √hidden.
    pub scaled_embeddings: bool,
    /// Whether the embedding also serves as the matrix of logits.
    pub tied: bool,
    /// Whether there are RMSNorms of each query and key head.
    pub qk_norm: bool,
    /// Whether there are also RMSNorms after attention and after the MLP, before the residual sums.
    pub post_norms: bool,
    /// Whether there are biases of q, k, v.
    pub qkv_bias: bool,
    /// Whether safetensors hold norm weights minus 1. llama.cpp's converter adds the 1, so GGUF files never do.
    pub norms_less_one: bool,
    /// Whether `attn_logit_softcapping` in `config.json` counts.
    pub attention_softcap: bool,
    /// Whether `final_logit_softcapping` in `config.json` counts.
    pub logit_softcap: bool,
    /// Base of the rotary frequencies.
    pub rope_theta: f32,
    /// Base of the rotary frequencies in layers with a window, which are never stretched; `None`: all layers rotate
    /// alike.
    pub local_rope_theta: Option<f32>,
    /// Which layers see only a window.
    pub windows: Windows,
    /// Whether GGUF files hold the rows of q and k in llama.cpp's order for its interleaved rope.
    pub gguf_interleaves: bool,
    /// Number of layers of the one size that scales queries by hidden / heads instead of the head's width, for which
    /// GGUF has no key.
    pub gguf_scales_by_hidden: Option<usize>,
}

impl FamilyRules {
    /// The plain decoder under the names of a family, which then sets what differs.
    pub(super) const fn plain(name: &'static str, hf_architecture: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            hf_architecture,
            meaning,
            head_dim: None,
            query_scalar: None,
            activation: Activation::Silu,
            scaled_embeddings: false,
            tied: false,
            qk_norm: false,
            post_norms: false,
            qkv_bias: false,
            norms_less_one: false,
            attention_softcap: false,
            logit_softcap: false,
            rope_theta: 1e4,
            local_rope_theta: None,
            windows: Windows::None,
            gguf_interleaves: false,
            gguf_scales_by_hidden: None,
        }
    }

    /// Factor on the embeddings of a model of this width.
    pub fn embedding_scale(&self, hidden: usize) -> f32 {
        if self.scaled_embeddings { (hidden as f32).sqrt() } else { 1.0 }
    }
}
