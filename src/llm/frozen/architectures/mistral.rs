//! Mistral 7B and what followed it as dense models.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::mistral;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "mistral",
    class: "MistralForCausalLM",
    defaults: || json!({"hidden_act": "silu"}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = mistral::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
