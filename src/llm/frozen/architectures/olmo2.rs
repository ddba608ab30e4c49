//! OLMo 2.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::olmo2;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "olmo2",
    class: "Olmo2ForCausalLM",
    defaults: || json!({"hidden_act": "silu", "attention_bias": false, "rope_theta": 1e4}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = olmo2::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
