//! Mistral: Llama in which every layer sees a window of the text.
//!
//! Jiang et al. 2023, Mistral 7B, arXiv 2310.06825.

use super::{FamilyRules, Windows};

/// Its rules, as of the first version; later ones have no window.
pub const FAMILY: FamilyRules = FamilyRules {
    windows: Windows::Switched,
    ..FamilyRules::plain("mistral", "MistralForCausalLM", "Mistral: a window on every layer.")
};
