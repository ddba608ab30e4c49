//! Phi 1, 1.5 and 2.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::phi;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "phi",
    class: "PhiForCausalLM",
    defaults: || json!({"hidden_act": "gelu_new", "partial_rotary_factor": 0.5, "qk_layernorm": false}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = phi::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, _| model.forward(tokens)))
    },
    ..PLAIN
};
