//! OLMo.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::olmo;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "olmo",
    class: "OlmoForCausalLM",
    defaults: || json!({"hidden_act": "silu", "attention_bias": false, "rope_theta": 1e4}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = olmo::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
