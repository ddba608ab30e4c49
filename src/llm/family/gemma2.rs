//! Gemma 2: norms on both sides of each half block, GELU, scaled embeddings, soft caps, every second layer windowed.
//!
//! Gemma Team 2024, Gemma 2: improving open language models at a practical size, arXiv 2408.00118.

use super::{FamilyRules, Windows};
use crate::llm::decoder::Activation;

/// Its rules. The model with 27 billion parameters has 46 layers.
pub const FAMILY: FamilyRules = FamilyRules {
    head_dim: Some(256),
    query_scalar: Some(256.0),
    activation: Activation::GeluTanh,
    scaled_embeddings: true,
    tied: true,
    post_norms: true,
    norms_less_one: true,
    attention_softcap: true,
    logit_softcap: true,
    windows: Windows::AllBut { period: 2, may_differ: false },
    gguf_scales_by_hidden: Some(46),
    ..FamilyRules::plain("gemma2", "Gemma2ForCausalLM", "Gemma 2: soft caps, every second layer windowed.")
};
