//! Llama, the plain decoder: RMSNorm, rotary positions, shared key heads, a gated MLP.
//!
//! Touvron et al. 2023, Llama 2: open foundation and fine-tuned chat models, arXiv 2307.09288; Grattafiori et al. 2024,
//! The Llama 3 herd of models, arXiv 2407.21783; Allal et al. 2025, SmolLM2, arXiv 2502.02737.

use super::FamilyRules;

/// Its rules. Other families' GGUF files hold q and k as checkpoints do.
pub const FAMILY: FamilyRules = FamilyRules {
    gguf_interleaves: true,
    ..FamilyRules::plain("llama", "LlamaForCausalLM", "Llama 2, 3, SmolLM2 and their kin.")
};
