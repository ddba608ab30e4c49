//! Gemma 3 (text): Gemma 2 with norms on query and key heads in place of the cap on attention, five windowed layers to
//! one that sees everything, and a rotary base for each of the two kinds.
//!
//! Gemma Team 2025, Gemma 3 technical report, arXiv 2503.19786.

use super::{FamilyRules, Windows};
use crate::llm::decoder::Activation;

/// Its rules. The model with 27 billion parameters has 62 layers.
pub const FAMILY: FamilyRules = FamilyRules {
    head_dim: Some(256),
    query_scalar: Some(256.0),
    activation: Activation::GeluTanh,
    scaled_embeddings: true,
    tied: true,
    qk_norm: true,
    post_norms: true,
    norms_less_one: true,
    logit_softcap: true,
    rope_theta: 1e6,
    local_rope_theta: Some(1e4),
    windows: Windows::AllBut { period: 6, may_differ: true },
    gguf_scales_by_hidden: Some(62),
    ..FamilyRules::plain("gemma3", "Gemma3ForCausalLM", "Gemma 3: norms on q and k, two rotary bases.")
};
