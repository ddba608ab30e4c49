//! Qwen 3.

use super::format::Quantised;
use crate::llm::frozen::decoder::rereading;
use candle_core::quantized::gguf_file::Value;
use candle_transformers::models::quantized_qwen3::ModelWeights;

pub(super) const FORMAT: Quantised = Quantised {
    name: "qwen3",
    of_layers: &[
        "attn_norm.weight",
        "attn_q.weight",
        "attn_k.weight",
        "attn_v.weight",
        "attn_q_norm.weight",
        "attn_k_norm.weight",
        "attn_output.weight",
        "ffn_norm.weight",
        "ffn_gate.weight",
        "ffn_up.weight",
        "ffn_down.weight",
    ],
    longest: usize::MAX,
    rope_base: None,
    open: |mut content, file, device| {
        // Without this word for f32 it computes between the products in f16.
        content.metadata.insert("general.dtype".into(), Value::U32(0));
        let model = ModelWeights::from_gguf(content, file, device)?;
        // Its caches are of several kinds, not all of which can be copied.
        let whole = |model: &mut ModelWeights, tokens: &_| {
            model.clear_kv_cache();
            model.forward(tokens, 0)
        };
        Ok(rereading(model, device, whole))
    },
};
