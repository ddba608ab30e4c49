//! The decoders of candle-transformers, one per family, and what each of them does not compute.

use super::{ReferenceError, Tensors};
use crate::llm::decoder::{Activation, BaseModel, DecoderConfig, LayerAttention, RopeScaling};
use crate::llm::family::Family;
use candle_core::{DType, Device, Result, Tensor};
use candle_transformers::models::{gemma2, gemma3, llama, qwen2, qwen3};

/// A decoder with its weights.
#[derive(Debug)]
pub(super) enum Decoder {
    Llama { model: llama::Llama, cache: llama::Cache },
    Qwen2(qwen2::ModelForCausalLM),
    Qwen3(qwen3::ModelForCausalLM),
    Gemma2(gemma2::Model),
    Gemma3(gemma3::Model),
}

impl Decoder {
    /// A decoder that [`check`] accepts.
    ///
    /// # Errors
    /// If a tensor is missing.
    pub(super) fn new(
        base: &BaseModel,
        family: Family,
        mut tensors: Tensors,
        context: usize,
    ) -> std::result::Result<Self, ReferenceError> {
        let (config, tied) = (&base.config, base.lm_head.is_none());
        if tied {
            tensors.drop_head();
        }
        // candle's scale is that of the heads' width; another one goes into the queries.
        let candles_own = (config.head_dim as f32).sqrt().recip();
        if (config.query_scale / candles_own - 1.0).abs() > 1e-6 {
            tensors.scale_queries(f64::from(config.query_scale / candles_own), config, family)?;
        }
        let builder = tensors.builder();
        Ok(match family {
            Family::Llama => {
                let config = of_llama(config, tied, context);
                let cache = llama::Cache::new(false, DType::F32, &config, &Device::Cpu)?;
                Self::Llama { model: llama::Llama::load(builder, &config)?, cache }
            }
            Family::Qwen2 => Self::Qwen2(qwen2::ModelForCausalLM::new(&of_qwen2(config, tied, context), builder)?),
            Family::Qwen3 => Self::Qwen3(qwen3::ModelForCausalLM::new(&of_qwen3(config, tied, context), builder)?),
            Family::Gemma2 => Self::Gemma2(gemma2::Model::new(false, &of_gemma2(config, context), builder)?),
            Family::Gemma3 => Self::Gemma3(gemma3::Model::new(false, &of_gemma3(config, context)?, builder)?),
        })
    }

    /// Logits after the last of `tokens`, (1, length).
    pub(super) fn logits(&mut self, tokens: &Tensor) -> Result<Tensor> {
        match self {
            Self::Llama { model, cache } => model.forward(tokens, 0, cache),
            Self::Qwen2(model) => {
                model.clear_kv_cache();
                model.forward(tokens, 0)
            }
            Self::Qwen3(model) => {
                model.clear_kv_cache();
                model.forward(tokens, 0)
            }
            Self::Gemma2(model) => {
                model.clear_kv_cache();
                model.forward(tokens, 0)
            }
            Self::Gemma3(model) => {
                model.clear_kv_cache();
                // Its cache takes the values of several heads only token by token.
                let (first, length) = (tokens.narrow(1, 0, 1)?, tokens.dim(1)?);
                let mut logits = model.forward(&first, 0)?;
                for place in 1..length {
                    logits = model.forward(&tokens.narrow(1, place, 1)?, place)?;
                }
                Ok(logits)
            }
        }
    }
}

/// Refuses what the family's model in candle-transformers would leave out without a word.
pub(super) fn check(base: &BaseModel, family: Family) -> std::result::Result<(), ReferenceError> {
    let (config, tied, name) = (&base.config, base.lm_head.is_none(), family.name());
    let refuse = |lacks: String| Err(ReferenceError::lacks(lacks));
    check_rotary(config, family)?;
    let width = config.heads * config.head_dim;
    if matches!(family, Family::Llama | Family::Qwen2) && width != config.hidden {
        let lacks = format!(
            "takes heads to be as wide together as the {} of the {name} model, and they are {width}",
            config.hidden
        );
        return refuse(lacks);
    }
    if family == Family::Llama && config.activation != Activation::Silu {
        return refuse("has no activation but SiLU in its llama".into());
    }
    if family.is_gemma() && !tied {
        return refuse(format!("has no output matrix of its own in its {name}, only the embedding"));
    }
    let scale = if family.is_gemma() { (config.hidden as f32).sqrt() } else { 1.0 };
    if (config.embedding_scale / scale - 1.0).abs() > 1e-6 {
        return refuse(format!("scales embeddings of {name} by {scale}, and the model by {}", config.embedding_scale));
    }
    if !family.is_gemma() && (config.attention_softcap, config.logit_softcap) != (None, None) {
        return refuse(format!("has no soft caps in its {name}"));
    }
    Ok(())
}

fn check_rotary(config: &DecoderConfig, family: Family) -> std::result::Result<(), ReferenceError> {
    let name = family.name();
    let first = &config.attention[0];
    for layer in &config.attention {
        match layer.rope_scaling {
            RopeScaling::None => {}
            RopeScaling::Llama3 { .. } if family == Family::Llama => {}
            RopeScaling::Llama3 { .. } => {
                return Err(ReferenceError::lacks(format!("has no rope scaling of Llama 3.1's kind in its {name}")));
            }
            RopeScaling::Linear { .. } => {
                return Err(ReferenceError::lacks(format!("has no linear rope scaling in its {name}")));
            }
        }
        let alike = layer.rope_theta == first.rope_theta && layer.rope_scaling == first.rope_scaling;
        if family != Family::Gemma3 && !alike {
            return Err(ReferenceError::lacks(format!("has one rotary embedding for all layers in its {name}")));
        }
    }
    Ok(())
}

fn of_llama(config: &DecoderConfig, tied: bool, context: usize) -> llama::Config {
    let rope_scaling = match config.attention[0].rope_scaling {
        RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
            Some(llama::Llama3RopeConfig {
                factor,
                low_freq_factor,
                high_freq_factor,
                original_max_position_embeddings: original_context as usize,
                rope_type: llama::Llama3RopeType::Llama3,
            })
        }
        RopeScaling::None | RopeScaling::Linear { .. } => None,
    };
    llama::Config {
        hidden_size: config.hidden,
        intermediate_size: config.intermediate,
        vocab_size: config.vocab,
        num_hidden_layers: config.layers(),
        num_attention_heads: config.heads,
        num_key_value_heads: config.kv_heads,
        use_flash_attn: false,
        rms_norm_eps: f64::from(config.norm_eps),
        rope_theta: config.attention[0].rope_theta,
        bos_token_id: None,
        eos_token_id: None,
        rope_scaling,
        max_position_embeddings: context,
        tie_word_embeddings: tied,
    }
}

fn of_qwen2(config: &DecoderConfig, tied: bool, context: usize) -> qwen2::Config {
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

fn of_qwen3(config: &DecoderConfig, tied: bool, context: usize) -> qwen3::Config {
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

fn of_gemma2(config: &DecoderConfig, context: usize) -> gemma2::Config {
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

/// # Errors
/// If windowed and global layers do not alternate at a fixed interval.
fn of_gemma3(config: &DecoderConfig, context: usize) -> std::result::Result<gemma3::Config, ReferenceError> {
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

fn activation(config: &DecoderConfig) -> candle_nn::Activation {
    match config.activation {
        Activation::Silu => candle_nn::Activation::Silu,
        Activation::GeluTanh => candle_nn::Activation::GeluPytorchTanh,
    }
}
