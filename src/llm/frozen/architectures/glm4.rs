//! GLM-4 as its files of 2025 are laid out.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::glm4_new;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "glm4",
    class: "Glm4ForCausalLM",
    defaults: || json!({"hidden_act": "silu", "attention_bias": false, "partial_rotary_factor": 0.5, "rope_theta": 1e4}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = glm4_new::ModelForCausalLM::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
