//! Qwen 2 and 2.5: Llama with biases on queries, keys and values.
//!
//! Yang et al. 2024, Qwen2 technical report, arXiv 2407.10671; Qwen2.5 technical report, arXiv 2412.15115.

use super::{FamilyRules, Windows};

/// Its rules.
pub const FAMILY: FamilyRules = FamilyRules {
    qkv_bias: true,
    windows: Windows::Switched,
    ..FamilyRules::plain("qwen2", "Qwen2ForCausalLM", "Qwen 2 and 2.5: biases on q, k, v.")
};
