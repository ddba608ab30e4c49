//! StarCoder 2.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::starcoder2;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "starcoder2",
    class: "Starcoder2ForCausalLM",
    tied: true,
    defaults: || json!({"hidden_act": "gelu_pytorch_tanh", "use_bias": true, "norm_epsilon": 1e-5, "rope_theta": 1e4}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = starcoder2::Model::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
