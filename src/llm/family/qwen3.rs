//! Qwen 3: norms on query and key heads in place of Qwen 2's biases.
//!
//! Yang et al. 2025, Qwen3 technical report, arXiv 2505.09388.

use super::{FamilyRules, Windows};

/// Its rules.
pub const FAMILY: FamilyRules = FamilyRules {
    head_dim: Some(128),
    qk_norm: true,
    windows: Windows::Switched,
    ..FamilyRules::plain("qwen3", "Qwen3ForCausalLM", "Qwen 3: norms on q and k.")
};
