//! Helium.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::helium;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "helium",
    class: "HeliumForCausalLM",
    defaults: || {
        json!({
            "hidden_act": "silu", "attention_bias": false, "mlp_bias": false, "bos_token_id": 1, "eos_token_id": 2,
        })
    },
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = helium::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
