//! Gemma 3, the models that read only text.

use super::architecture::{Architecture, PLAIN};
use super::gemma2::query_factor;
use crate::llm::frozen::decoder::stepping;
use crate::llm::frozen::settings::Settings;
use candle_transformers::models::gemma3;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "gemma3_text",
    class: "Gemma3ForCausalLM",
    tied: true,
    defaults: || {
        json!({
            "attention_bias": false, "hidden_activation": "gelu_pytorch_tanh", "head_dim": 256, "rope_theta": 1e6,
            "rope_local_base_freq": 1e4, "query_pre_attn_scalar": 256, "sliding_window": 4096,
        })
    },
    // The norm of the query heads comes after the matrix, and its file holds it less 1.
    adjusts: |settings, name| {
        let factor = if name.ends_with("q_norm.weight") { query_factor(settings) } else { 1.0 };
        (factor, factor - 1.0)
    },
    refuses: |settings| {
        let (layers, pattern) = (settings.words("layer_types"), pattern(settings));
        let fits = |(i, layer): (usize, &&str)| (*layer == "full_attention") == (i + 1).is_multiple_of(pattern);
        if !layers.iter().enumerate().all(fits) {
            return Some(
                "candle-transformers has full attention at a fixed interval in its gemma3, this model has not".into(),
            );
        }
        let keys = settings.integer("num_key_value_heads").unwrap_or(1);
        (keys > 1)
            .then(|| format!("the cache of candle-transformers' gemma3 fails with {keys} key heads, only 1 works"))
    },
    load: |settings, weights| {
        let device = weights.device().clone();
        let mut settings = settings.clone();
        settings.set("sliding_window_pattern", pattern(&settings));
        let model = gemma3::Model::new(false, &settings.read()?, weights)?;
        Ok(stepping(model, &device, |model, tokens, at| model.forward(tokens, at)))
    },
    ..PLAIN
};

/// Every how many layers one sees the whole text.
fn pattern(settings: &Settings) -> usize {
    let first = settings.words("layer_types").iter().position(|layer| *layer == "full_attention");
    let stated = settings.integer("sliding_window_pattern").or(settings.integer("_sliding_window_pattern"));
    stated.or(first.map(|first| first + 1)).unwrap_or(6)
}
