//! Llama 1 to 3.3, and everything that is laid out like it: SmolLM 1 and 2, Yi, TinyLlama.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::llama;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "llama",
    class: "LlamaForCausalLM",
    defaults: || json!({"hidden_act": "silu", "rope_theta": 1e4}),
    rope_scalings: &["llama3"],
    activation: Some(("hidden_act", "silu")),
    load: |settings, weights| {
        let (dtype, device) = (weights.dtype(), weights.device().clone());
        let config = settings.read::<llama::LlamaConfig>()?.into_config(false);
        let cache = llama::Cache::new(true, dtype, &config, &device)?;
        let model = (llama::Llama::load(weights, &config)?, cache);
        Ok(stepping(model, &device, |(model, cache), tokens, at| model.forward(tokens, at, cache)))
    },
    ..PLAIN
};
