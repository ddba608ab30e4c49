//! Phi 3, without its scaling for long texts.

use super::format::Quantised;
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::quantized_phi3::ModelWeights;

pub(super) const FORMAT: Quantised = Quantised {
    name: "phi3",
    of_layers: &[
        "attn_norm.weight",
        "attn_qkv.weight",
        "attn_output.weight",
        "ffn_norm.weight",
        "ffn_up.weight",
        "ffn_down.weight",
    ],
    longest: usize::MAX,
    rope_base: Some(10_000.0),
    open: |content, file, device| {
        let model = ModelWeights::from_gguf(false, content, file, device)?;
        Ok(stepping(model, device, |model, tokens, at| model.forward(tokens, at)))
    },
};
