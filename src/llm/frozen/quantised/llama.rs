//! Llama, SmolLM 2, Mistral and what else llama.cpp calls `llama`, without Llama 3.1's rope scaling.

use super::format::{GATED, Quantised};
use crate::llm::frozen::decoder::stepping;
use candle_transformers::models::quantized_llama::{MAX_SEQ_LEN, ModelWeights};

pub(super) const FORMAT: Quantised = Quantised {
    name: "llama",
    of_layers: &GATED,
    longest: MAX_SEQ_LEN,
    rope_base: None,
    open: |content, file, device| {
        let model = ModelWeights::from_gguf(content, file, device)?;
        Ok(stepping(model, device, |model, tokens, at| model.forward(tokens, at)))
    },
};
