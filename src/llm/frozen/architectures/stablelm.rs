//! StableLM 3B and StableLM 2.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::rereading;
use candle_transformers::models::stable_lm;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "stablelm",
    class: "StableLmForCausalLM",
    defaults: || json!({"hidden_act": "silu", "partial_rotary_factor": 0.25, "layer_norm_eps": 1e-5, "rope_theta": 1e4}),
    refuses: |settings| {
        let lacks = ["qk_layernorm", "use_parallel_residual"].into_iter().find(|key| settings.flag(key))?;
        Some(format!("candle-transformers has no {lacks} in its stablelm"))
    },
    load: |settings, weights| {
        let device = weights.device().clone();
        // Its cache can be neither copied nor cleared.
        let mut settings = settings.clone();
        settings.set("use_cache", false);
        let model = stable_lm::Model::new(&settings.read()?, weights)?;
        Ok(rereading(model, &device, |model, tokens| model.forward(tokens, 0)))
    },
    ..PLAIN
};
