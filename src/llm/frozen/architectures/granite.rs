//! Granite 3 as dense models.
//!
//! candle-transformers leaves out its four multipliers. All of them are factors of products with matrices, so they go
//! into the matrices.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::stepping;
use crate::llm::frozen::settings::Settings;
use candle_transformers::models::granite;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "granite",
    class: "GraniteForCausalLM",
    defaults: || json!({"hidden_act": "silu", "rope_theta": 1e4}),
    activation: Some(("hidden_act", "silu")),
    adjusts,
    load: |settings, weights| {
        let device = weights.device().clone();
        let config = settings.read::<granite::GraniteConfig>()?.into_config(false);
        let cache = granite::Cache::new(true, weights.dtype(), &config, &device)?;
        let model = (granite::Granite::load(weights, &config)?, cache);
        Ok(stepping(model, &device, |(model, cache), tokens, at| model.forward(tokens, at, cache)))
    },
    ..PLAIN
};

fn adjusts(settings: &Settings, name: &str) -> (f64, f64) {
    let multiplier = |key: &str| settings.number(key).unwrap_or(1.0);
    let factor = match name.rsplit('.').nth(1) {
        Some("embed_tokens") => multiplier("embedding_multiplier"),
        Some("lm_head") => 1.0 / multiplier("logits_scaling"),
        // candle divides scores by the root of the heads' width, as if there were no multiplier.
        Some("q_proj") => multiplier("attention_multiplier") * (settings.head_dim() as f64).sqrt(),
        Some("o_proj" | "down_proj") => multiplier("residual_multiplier"),
        _ => 1.0,
    };
    (factor, 0.0)
}
