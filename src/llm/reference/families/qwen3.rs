//! candle's Qwen 3.

use super::model::{CandleModel, Computes, Decoder, Quantised, activation, forgetful};
use crate::llm::decoder::DecoderConfig;
use crate::llm::reference::ReferenceError;
use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{quantized_qwen3, qwen3};

pub(super) const MODEL: CandleModel = CandleModel {
    load,
    quantised: Ok(Quantised {
        open: |content, file| Ok(forgetful!(quantized_qwen3::ModelWeights::from_gguf(content, file, &Device::Cpu)?)),
        longest: usize::MAX,
    }),
    computes: Computes {
        any_width: true,
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
    Ok(forgetful!(qwen3::ModelForCausalLM::new(&translate(config, tied, context), weights)?))
}

fn translate(config: &DecoderConfig, tied: bool, context: usize) -> qwen3::Config {
    qwen3::Config {
        vocab_size: config.vocab,
        hidden_size: config.hidden,
        intermediate_size: config.intermediate,
        num_hidden_layers: config.layers(),
        num_attention_heads: config.heads,
        head_dim: config.head_dim,
        attention_bias: false,
        num_key_value_heads: config.kv_heads,
        max_position_embeddings: context,
        sliding_window: None,
        max_window_layers: config.layers(),
        tie_word_embeddings: tied,
        rope_theta: f64::from(config.attention[0].rope_theta),
        rms_norm_eps: f64::from(config.norm_eps),
        use_sliding_window: false,
        hidden_act: activation(config),
    }
}
