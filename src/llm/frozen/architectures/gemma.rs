//! Gemma.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::gemma;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "gemma",
    class: "GemmaForCausalLM",
    tied: true,
    defaults: || json!({"attention_bias": false, "head_dim": 256, "rope_theta": 1e4}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = gemma::Model::new(false, &settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
