//! Qwen 3.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::qwen3;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "qwen3",
    class: "Qwen3ForCausalLM",
    defaults: || {
        json!({
            "hidden_act": "silu", "use_sliding_window": false, "max_window_layers": 28, "rope_theta": 1e4,
            "head_dim": 128,
            "attention_bias": false,
        })
    },
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = qwen3::ModelForCausalLM::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
