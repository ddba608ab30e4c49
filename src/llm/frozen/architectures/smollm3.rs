//! SmolLM 3.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::smol::smollm3;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "smollm3",
    class: "SmolLM3ForCausalLM",
    tied: true,
    defaults: || json!({"hidden_act": "silu", "use_sliding_window": false, "rope_theta": 2e6}),
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = smollm3::ModelForCausalLM::new(&settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};
