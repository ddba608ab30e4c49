//! candle's Qwen 2.

use super::model::{CandleModel, Computes, Decoder, Quantised, activation, forgetful};
use crate::llm::decoder::DecoderConfig;
use crate::llm::reference::ReferenceError;
use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{quantized_qwen2, qwen2};

pub(super) const MODEL: CandleModel = CandleModel {
    load,
    quantised: Ok(Quantised {
        open: |content, file| {
            let mut model = quantized_qwen2::ModelWeights::from_gguf(content, file, &Device::Cpu)?;
            // A text that begins at position 0 discards what was kept of others.
            Ok(Box::new(move |tokens: &Tensor| model.forward(tokens, 0)))
        },
        longest: usize::MAX,
    }),
    computes: Computes {
        any_width: false,
        any_activation: true,
        untied: true,
        soft_caps: false,
        llama3_scaling: false,
        two_rotations: false,
    },
};

fn load(
    config: &DecoderConfig,
    tied: bool,
    context: usize,
    weights: VarBuilder<'static>,
) -> Result<Decoder, ReferenceError> {
    Ok(forgetful!(qwen2::ModelForCausalLM::new(&translate(config, tied, context), weights)?))
}

fn translate(config: &DecoderConfig, tied: bool, context: usize) -> qwen2::Config {
    qwen2::Config {
        vocab_size: config.vocab,
        hidden_size: config.hidden,
        intermediate_size: config.intermediate,
        num_hidden_layers: config.layers(),
        num_attention_heads: config.heads,
        num_key_value_heads: config.kv_heads,
        max_position_embeddings: context,
        // Texts are shorter than any window, so none is needed.
        sliding_window: context,
        max_window_layers: config.layers(),
        tie_word_embeddings: tied,
        rope_theta: f64::from(config.attention[0].rope_theta),
        rms_norm_eps: f64::from(config.norm_eps),
        use_sliding_window: false,
        hidden_act: activation(config),
    }
}
