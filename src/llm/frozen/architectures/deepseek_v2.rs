//! DeepSeek V2 and V2 Lite: latent attention and experts.

use super::architecture::{Architecture, PLAIN};
use crate::llm::frozen::decoder::rereading;
use candle_transformers::models::deepseek2;
use serde_json::json;

pub(super) const ARCHITECTURE: Architecture = Architecture {
    name: "deepseek_v2",
    class: "DeepseekV2ForCausalLM",
    defaults: || json!({"attention_bias": false, "n_group": 1, "topk_group": 1, "rope_theta": 1e4}),
    rope_scalings: &["yarn"],
    load: |settings, weights| {
        let device = weights.device().clone();
        let model = deepseek2::DeepSeekV2::new(&settings.read()?, weights)?;
        let whole = |model: &mut deepseek2::DeepSeekV2, tokens: &_| {
            model.clear_kv_cache();
            model.forward(tokens, 0)
        };
        Ok(rereading(model, &device, whole))
    },
    ..PLAIN
};
