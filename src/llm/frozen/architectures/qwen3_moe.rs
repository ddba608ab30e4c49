//! Qwen 3 with experts.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::qwen3_moe;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "qwen3_moe",
    class: "Qwen3MoeForCausalLM",
    defaults: || {
        json!({
            "hidden_act": "silu", "use_sliding_window": false, "max_window_layers": 28, "rope_theta": 1e4,
            "attention_bias": false, "decoder_sparse_step": 1, "norm_topk_prob": false,
        })
    },
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = qwen3_moe::ModelForCausalLM::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
