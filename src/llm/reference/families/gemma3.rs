//! candle's Gemma 3.

use super::model::{CandleModel, Computes, Decoder, activation};
use crate::llm::decoder::{DecoderConfig, LayerAttention};
use crate::llm::reference::ReferenceError;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_transformers::models::gemma3;

pub(super) const MODEL: CandleModel = CandleModel {
    load,
    quantised: Err("computes SiLU in its quantised Gemma 3, whose activation is GELU"),
    computes: Computes {
        any_width: true,
        any_activation: true,
        untied: false,
        soft_caps: true,
        llama3_scaling: false,
        two_rotations: true,
    },
};

fn load(
    config: &DecoderConfig,
    _tied: bool,
    context: usize,
    weights: VarBuilder<'static>,
) -> Result<Decoder, ReferenceError> {
    let mut model = gemma3::Model::new(false, &translate(config, context)?, weights)?;
    Ok(Box::new(move |tokens: &Tensor| {
        model.clear_kv_cache();
        // Its cache takes the values of several heads only token by token.
        let (first, length) = (tokens.narrow(1, 0, 1)?, tokens.dim(1)?);
        let mut logits = model.forward(&first, 0)?;
        for place in 1..length {
            logits = model.forward(&tokens.narrow(1, place, 1)?, place)?;
        }
        Ok(logits)
    }))
}

/// # Errors
/// If windowed and global layers do not alternate at a fixed interval.
fn translate(config: &DecoderConfig, context: usize) -> Result<gemma3::Config, ReferenceError> {
    let layers = &config.attention;
    let pattern = layers.iter().position(|layer| layer.window.is_none()).map_or(layers.len() + 1, |first| first + 1);
    let global = layers.iter().find(|layer| layer.window.is_none()).or(layers.first());
    let local = layers.iter().find(|layer| layer.window.is_some()).or(layers.first());
    let thetas = |layer: Option<&LayerAttention>| layer.map_or(0.0, |layer| layer.rope_theta);
    let (global, local) = (thetas(global), thetas(local));
    let fits = |(i, layer): (usize, &LayerAttention)| {
        let slides = !(i + 1).is_multiple_of(pattern);
        layer.window.is_some() == slides && layer.rope_theta == if slides { local } else { global }
    };
    if !layers.iter().enumerate().all(fits) {
        return Err(ReferenceError::lacks(
            "has global layers at a fixed interval in its gemma3, and this model has not",
        ));
    }
    Ok(gemma3::Config {
        attention_bias: false,
        head_dim: config.head_dim,
        hidden_activation: activation(config),
        hidden_size: config.hidden,
        intermediate_size: config.intermediate,
        num_attention_heads: config.heads,
        num_hidden_layers: config.layers(),
        num_key_value_heads: config.kv_heads,
        rms_norm_eps: f64::from(config.norm_eps),
        rope_theta: f64::from(global),
        rope_local_base_freq: f64::from(local),
        vocab_size: config.vocab,
        final_logit_softcapping: config.logit_softcap.map(f64::from),
        attn_logit_softcapping: config.attention_softcap.map(f64::from),
        query_pre_attn_scalar: config.head_dim,
        // Texts are shorter than any window.
        sliding_window: context + 1,
        sliding_window_pattern: pattern,
        max_position_embeddings: context,
    })
}
