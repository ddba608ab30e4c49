//! candle's Gemma 2.

use super::model::{CandleModel, Computes, Decoder, activation, forgetful};
use crate::llm::decoder::DecoderConfig;
use crate::llm::reference::ReferenceError;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_transformers::models::gemma2;

pub(super) const MODEL: CandleModel = CandleModel {
    load,
    quantised: Err("has no quantised Gemma 2"),
    computes: Computes {
        any_width: true,
        any_activation: true,
        untied: false,
        soft_caps: true,
        llama3_scaling: false,
        two_rotations: false,
    },
};

fn load(
    config: &DecoderConfig,
    _tied: bool,
    context: usize,
    weights: VarBuilder<'static>,
) -> Result<Decoder, ReferenceError> {
    Ok(forgetful!(gemma2::Model::new(false, &translate(config, context), weights)?))
}

fn translate(config: &DecoderConfig, context: usize) -> gemma2::Config {
    gemma2::Config {
        attention_bias: false,
        head_dim: config.head_dim,
        hidden_activation: activation(config),
        hidden_size: config.hidden,
        intermediate_size: config.intermediate,
        num_attention_heads: config.heads,
        num_hidden_layers: config.layers(),
        num_key_value_heads: config.kv_heads,
        rms_norm_eps: f64::from(config.norm_eps),
        rope_theta: f64::from(config.attention[0].rope_theta),
        vocab_size: config.vocab,
        final_logit_softcapping: config.logit_softcap.map(f64::from),
        attn_logit_softcapping: config.attention_softcap.map(f64::from),
        // candle reads it and scales by the heads' width; the weights carry the rest.
        query_pre_attn_scalar: config.head_dim,
        sliding_window: None,
        max_position_embeddings: context,
    }
}
