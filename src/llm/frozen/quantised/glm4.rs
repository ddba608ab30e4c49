//! GLM-4 as its files of 2025 are laid out.

use super::format::Quantised;
use crate::llm::frozen::decoder::stepping;
use candle_core::DType;
use candle_transformers::models::quantized_glm4::ModelWeights;

pub(super) const FORMAT: Quantised = Quantised {
    name: "glm4",
    of_layers: &[
        "attn_norm.weight",
        "attn_q.weight",
        "attn_k.weight",
        "attn_v.weight",
        "attn_q.bias",
        "attn_k.bias",
        "attn_v.bias",
        "attn_output.weight",
        "post_attention_norm.weight",
        "ffn_norm.weight",
        "ffn_up.weight",
        "ffn_down.weight",
        "post_ffw_norm.weight",
    ],
    longest: usize::MAX,
    rope_base: None,
    open: |content, file, device| {
        let model = ModelWeights::from_gguf(content, file, device, DType::F32)?;
        Ok(stepping(model, device, |model, tokens, at| model.forward(tokens, at)))
    },
};
