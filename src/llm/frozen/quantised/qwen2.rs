//! Qwen 2 and 2.5.

use super::format::Quantised;
use crate::llm::frozen::decoder::rereading;
use candle_transformers::models::quantized_qwen2::ModelWeights;

pub(super) const FORMAT: Quantised = Quantised {
    name: "qwen2",
    of_layers: &[
        "attn_norm.weight",
        "attn_q.weight",
        "attn_k.weight",
        "attn_v.weight",
        "attn_q.bias",
        "attn_k.bias",
        "attn_v.bias",
        "attn_output.weight",
        "ffn_norm.weight",
        "ffn_gate.weight",
        "ffn_up.weight",
        "ffn_down.weight",
    ],
    longest: usize::MAX,
    rope_base: None,
    open: |content, file, device| {
        let model = ModelWeights::from_gguf(content, file, device)?;
        // A text that begins at position 0 discards what was kept of others.
        Ok(rereading(model, device, |model, tokens| model.forward(tokens, 0)))
    },
};
