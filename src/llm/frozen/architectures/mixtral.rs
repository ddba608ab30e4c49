//! Mixtral: Mistral with experts.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::mixtral;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "mixtral",
    class: "MixtralForCausalLM",
    defaults: || json!({"hidden_act": "silu", "rope_theta": 1e6}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = mixtral::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
