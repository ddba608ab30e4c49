//! Qwen 2 and 2.5.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::qwen2;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "qwen2",
    class: "Qwen2ForCausalLM",
    defaults: || {
        json!({
            "hidden_act": "silu", "use_sliding_window": false, "sliding_window": 4096, "max_window_layers": 28,
            "rope_theta": 1e4,
        })
    },
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = qwen2::ModelForCausalLM::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
