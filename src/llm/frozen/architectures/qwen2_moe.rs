//! Qwen 1.5 and 2 with experts.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::qwen2_moe;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "qwen2_moe",
    class: "Qwen2MoeForCausalLM",
    defaults: || {
        json!({
            "hidden_act": "silu", "use_sliding_window": false, "sliding_window": 4096, "max_window_layers": 28,
            "rope_theta": 1e4,
            "decoder_sparse_step": 1, "norm_topk_prob": false,
        })
    },
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = qwen2_moe::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
