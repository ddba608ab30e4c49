//! `config.json` of the Hugging Face Hub, read into a [`DecoderConfig`].

use crate::llm::decoder::{Activation, DecoderConfig, LayerAttention, RopeScaling};
use crate::llm::error::ModelError;
use crate::llm::family::{Family, FamilyRules, Windows};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// No model has more, but a damaged file may claim billions, which would exhaust memory.
pub(crate) const MOST_LAYERS: usize = 4096;

/// What `config.json` says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HfConfig {
    pub(crate) family: Family,
    pub(crate) decoder: DecoderConfig,
    /// Whether the embedding also serves as the output matrix.
    pub(crate) tied: bool,
}

/// The fields of all supported families; the family decides which of them count.
#[derive(Debug, Deserialize)]
struct Raw {
    #[serde(default)]
    architectures: Vec<String>,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    rms_norm_eps: Option<f32>,
    rope_theta: Option<f32>,
    rope_local_base_freq: Option<f32>,
    rope_scaling: Option<RawRope>,
    /// Newer transformers: theta and scaling in one place, for Gemma 3 one per layer type.
    rope_parameters: Option<Value>,
    sliding_window: Option<usize>,
    use_sliding_window: Option<bool>,
    max_window_layers: Option<usize>,
    sliding_window_pattern: Option<usize>,
    layer_types: Option<Vec<String>>,
    query_pre_attn_scalar: Option<f32>,
    attn_logit_softcapping: Option<f32>,
    final_logit_softcapping: Option<f32>,
    tie_word_embeddings: Option<bool>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    use_bidirectional_attention: Option<bool>,
    hidden_act: Option<String>,
    hidden_activation: Option<String>,
    quantization_config: Option<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct RawRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f32>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<f32>,
}

/// Reads the text of the `config.json` at `path`.
pub(crate) fn parse(text: &str, path: &Path) -> Result<HfConfig, ModelError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|e| ModelError::damaged(path, format!("not JSON ({e}); fetch the file again")))?;
    let named = value["architectures"][0].as_str().unwrap_or("none named");
    let family =
        Family::find(named, |rules| rules.hf_architecture).map_err(|what| ModelError::unsupported(path, what))?;
    let rules = family.rules();
    let raw: Raw = serde_json::from_value(value)
        .map_err(|e| ModelError::damaged(path, format!("not a configuration of {}: {e}", rules.hf_architecture)))?;
    refuse_unsupported(&raw, rules, path)?;
    if raw.num_hidden_layers > MOST_LAYERS {
        return Err(ModelError::damaged(path, format!("{} layers cannot be right", raw.num_hidden_layers)));
    }
    let width = rules.head_dim.unwrap_or(raw.hidden_size / raw.num_attention_heads.max(1));
    let head_dim = raw.head_dim.unwrap_or(width);
    let kv_heads = raw.num_key_value_heads.unwrap_or(raw.num_attention_heads);
    let decoder = DecoderConfig {
        vocab: raw.vocab_size,
        hidden: raw.hidden_size,
        intermediate: raw.intermediate_size,
        heads: raw.num_attention_heads,
        kv_heads,
        head_dim,
        norm_eps: raw.rms_norm_eps.unwrap_or(1e-6),
        attention: attention(&raw, rules, path)?,
        activation: activation(&raw, rules, path)?,
        query_scale: query_scale(&raw, rules, head_dim),
        embedding_scale: rules.embedding_scale(raw.hidden_size),
        attention_softcap: raw.attn_logit_softcapping.filter(|_| rules.attention_softcap),
        logit_softcap: raw.final_logit_softcapping.filter(|_| rules.logit_softcap),
    };
    if let Some(problem) = decoder.problem() {
        return Err(ModelError::damaged(path, problem));
    }
    Ok(HfConfig { family, decoder, tied: raw.tie_word_embeddings.unwrap_or(rules.tied) })
}

fn refuse_unsupported(raw: &Raw, rules: &FamilyRules, path: &Path) -> Result<(), ModelError> {
    let refuse =
        |what: &str| Err(ModelError::unsupported(path, format!("{what} is not supported for {:?}", raw.architectures)));
    if raw.quantization_config.is_some() {
        return refuse("a quantised safetensors checkpoint (quantization_config)");
    }
    if raw.attention_bias == Some(true) && !rules.qkv_bias {
        return refuse("attention_bias");
    }
    if raw.mlp_bias == Some(true) {
        return refuse("mlp_bias");
    }
    if raw.use_bidirectional_attention == Some(true) {
        return refuse("use_bidirectional_attention");
    }
    Ok(())
}

fn query_scale(raw: &Raw, rules: &FamilyRules, head_dim: usize) -> f32 {
    let scalar = rules.query_scalar.map_or(head_dim as f32, |default| raw.query_pre_attn_scalar.unwrap_or(default));
    1.0 / scalar.sqrt()
}

fn activation(raw: &Raw, rules: &FamilyRules, path: &Path) -> Result<Activation, ModelError> {
    let named = raw.hidden_activation.as_deref().or(raw.hidden_act.as_deref());
    match named {
        None => Ok(rules.activation),
        Some("silu") => Ok(Activation::Silu),
        Some("gelu_pytorch_tanh") => Ok(Activation::GeluTanh),
        Some(other) => Err(ModelError::unsupported(
            path,
            format!("activation {other} is not supported; silu and gelu_pytorch_tanh are"),
        )),
    }
}

fn attention(raw: &Raw, rules: &FamilyRules, path: &Path) -> Result<Vec<LayerAttention>, ModelError> {
    let (global, local) = rotary(raw, rules, path)?;
    let window = raw.sliding_window;
    (0..raw.num_hidden_layers)
        .map(|i| {
            if !slides(raw, rules, i, path)? {
                return Ok(global);
            }
            let window = window.ok_or_else(|| {
                ModelError::damaged(
                    path,
                    format!("layer {i} is a sliding_attention layer, but sliding_window is missing"),
                )
            })?;
            Ok(LayerAttention { window: Some(window), ..local })
        })
        .collect()
}

/// Whether layer `i` sees only a window.
fn slides(raw: &Raw, rules: &FamilyRules, i: usize, path: &Path) -> Result<bool, ModelError> {
    if rules.windows == Windows::Switched && raw.use_sliding_window != Some(true) {
        return Ok(false);
    }
    if let Some(types) = &raw.layer_types {
        return match types.get(i).map(String::as_str) {
            Some("sliding_attention") => Ok(true),
            Some("full_attention") => Ok(false),
            other => Err(ModelError::unsupported(
                path,
                format!(
                    "layer_types[{i}] is {other:?}; full_attention and sliding_attention are supported, one per layer"
                ),
            )),
        };
    }
    Ok(match rules.windows {
        Windows::None => false,
        Windows::Switched => i >= raw.max_window_layers.unwrap_or(0),
        Windows::AllBut { period, may_differ } => {
            let own = raw.sliding_window_pattern.filter(|_| may_differ);
            !(i + 1).is_multiple_of(own.unwrap_or(period))
        }
    })
}

/// Rotary embedding of (global, windowed) layers.
fn rotary(raw: &Raw, rules: &FamilyRules, path: &Path) -> Result<(LayerAttention, LayerAttention), ModelError> {
    let top_theta = raw.rope_theta.unwrap_or(rules.rope_theta);
    let layer = |rope: &RawRope, theta: f32| {
        let scaling = rope_scaling(rope, path)?;
        Ok(LayerAttention { rope_theta: rope.rope_theta.unwrap_or(theta), rope_scaling: scaling, window: None })
    };
    let read = |value: &Value| -> Result<RawRope, ModelError> {
        serde_json::from_value(value.clone()).map_err(|e| ModelError::damaged(path, format!("rope_parameters: {e}")))
    };
    let local_theta = raw.rope_local_base_freq.or(rules.local_rope_theta).unwrap_or(rules.rope_theta);
    match &raw.rope_parameters {
        Some(by_type) if by_type.get("full_attention").is_some() => {
            let global = layer(&read(&by_type["full_attention"])?, top_theta)?;
            let local = match by_type.get("sliding_attention") {
                Some(value) => layer(&read(value)?, local_theta)?,
                None => global,
            };
            Ok((global, local))
        }
        Some(value) if value.is_object() => {
            let global = layer(&read(value)?, top_theta)?;
            Ok((global, local_of(rules, global, local_theta)))
        }
        _ => {
            let global = layer(&raw.rope_scaling.clone().unwrap_or_default(), top_theta)?;
            Ok((global, local_of(rules, global, local_theta)))
        }
    }
}

fn local_of(rules: &FamilyRules, global: LayerAttention, local_theta: f32) -> LayerAttention {
    if rules.local_rope_theta.is_some() {
        LayerAttention { rope_theta: local_theta, rope_scaling: RopeScaling::None, window: None }
    } else {
        global
    }
}

fn rope_scaling(rope: &RawRope, path: &Path) -> Result<RopeScaling, ModelError> {
    let need = |value: Option<f32>, name: &str| {
        value.ok_or_else(|| ModelError::damaged(path, format!("rope scaling lacks {name}")))
    };
    match rope.rope_type.as_deref() {
        None | Some("default") => Ok(RopeScaling::None),
        Some("linear") => Ok(RopeScaling::Linear { factor: need(rope.factor, "factor")? }),
        Some("llama3") => Ok(RopeScaling::Llama3 {
            factor: need(rope.factor, "factor")?,
            low_freq_factor: need(rope.low_freq_factor, "low_freq_factor")?,
            high_freq_factor: need(rope.high_freq_factor, "high_freq_factor")?,
            original_context: need(rope.original_max_position_embeddings, "original_max_position_embeddings")?,
        }),
        Some(other) => Err(ModelError::unsupported(
            path,
            format!("rope scaling {other} is not supported; default, linear and llama3 are"),
        )),
    }
}
