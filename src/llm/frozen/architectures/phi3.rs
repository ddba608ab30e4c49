//! Phi 3, 3.5 and 4 without their scaling for long texts, which candle-transformers computes differently.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::phi3;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "phi3",
    class: "Phi3ForCausalLM",
    defaults: || json!({"hidden_act": "silu", "rope_theta": 1e4}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = phi3::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
