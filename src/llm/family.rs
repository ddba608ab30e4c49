//! The families of decoders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A family of decoders that the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Family {
    /// Llama 2, 3, SmolLM2 and their kin.
    Llama,
    /// Qwen 2 and 2.5: biases on q, k, v.
    Qwen2,
    /// Qwen 3: norms on q and k.
    Qwen3,
    /// Gemma 2: soft caps, every second layer windowed.
    Gemma2,
    /// Gemma 3: norms on q and k, two rotary bases.
    Gemma3,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 5] = [Self::Llama, Self::Qwen2, Self::Qwen3, Self::Gemma2, Self::Gemma3];

    /// The word GGUF files use in `general.architecture`, also ours in rows and manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Gemma2 => "gemma2",
            Self::Gemma3 => "gemma3",
        }
    }

    /// The class that `config.json` names in `architectures`.
    pub fn hf_architecture(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
            Self::Gemma2 => "Gemma2ForCausalLM",
            Self::Gemma3 => "Gemma3ForCausalLM",
        }
    }

    /// Whether this is one of the Gemmas: scaled embeddings, GELU, norms around both sides of each half block.
    pub fn is_gemma(self) -> bool {
        matches!(self, Self::Gemma2 | Self::Gemma3)
    }

    /// Whether query and key heads are normalised.
    pub fn has_qk_norm(self) -> bool {
        matches!(self, Self::Qwen3 | Self::Gemma3)
    }
}
