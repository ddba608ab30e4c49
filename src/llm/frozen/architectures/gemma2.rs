//! Gemma 2.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use crate::llm::frozen::settings::Settings;
use candle_transformers::models::gemma2;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "gemma2",
    class: "Gemma2ForCausalLM",
    tied: true,
    defaults: || {
        json!({
            "attention_bias": false, "hidden_activation": "gelu_pytorch_tanh", "head_dim": 256, "rope_theta": 1e4,
            "query_pre_attn_scalar": 256,
        })
    },
    adjusts: |settings, name| (if name.ends_with("q_proj.weight") { query_factor(settings) } else { 1.0 }, 0.0),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = gemma2::Model::new(false, &settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};

/// candle divides scores by the root of the heads' width, the model by that of a number of its own.
pub(super) fn query_factor(settings: &Settings) -> f64 {
    let scalar = settings.number("query_pre_attn_scalar").unwrap_or(settings.head_dim() as f64);
    (settings.head_dim() as f64 / scalar).sqrt()
}
