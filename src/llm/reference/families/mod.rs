//! The decoders of candle-transformers: one file per family, and what each of them does not compute.
//!
//! Every family is named here a second time, after the list of [`family`](mod@crate::llm::family): the family's own
//! rules cannot tell which foreign model checks it and what that model leaves out.

mod gemma2;
mod gemma3;
mod llama;
mod model;
mod qwen2;
mod qwen3;

pub(super) use model::{CandleModel, Decoder};

use super::{ReferenceError, Tensors};
use crate::llm::decoder::{Activation, BaseModel, DecoderConfig, RopeScaling};
use crate::llm::family::Family;

/// Which model computes which family.
const MODELS: &[(Family, &CandleModel)] = &[
    (Family::Llama, &llama::MODEL),
    (Family::Qwen2, &qwen2::MODEL),
    (Family::Qwen3, &qwen3::MODEL),
    (Family::Gemma2, &gemma2::MODEL),
    (Family::Gemma3, &gemma3::MODEL),
];

/// The model that computes `family`.
///
/// # Errors
/// If there is none.
pub(super) fn model(family: Family) -> Result<&'static CandleModel, ReferenceError> {
    let found = MODELS.iter().find(|(computed, _)| *computed == family);
    let lacks = || ReferenceError::lacks(format!("has no model for {} here", family.name()));
    found.map(|(_, model)| *model).ok_or_else(lacks)
}

/// Loads a decoder that [`check`] accepts.
///
/// # Errors
/// If a tensor is missing.
pub(super) fn load(
    base: &BaseModel,
    family: Family,
    mut tensors: Tensors,
    context: usize,
) -> Result<Decoder, ReferenceError> {
    let (config, tied) = (&base.config, base.lm_head.is_none());
    if tied {
        tensors.drop_head();
    }
    // candle's scale is that of the heads' width; any other goes into the queries.
    let candles_own = (config.head_dim as f32).sqrt().recip();
    if (config.query_scale / candles_own - 1.0).abs() > 1e-6 {
        tensors.scale_queries(f64::from(config.query_scale / candles_own), config, family)?;
    }
    (model(family)?.load)(config, tied, context, tensors.builder())
}

/// Refuses what the family's model in candle-transformers would leave out without a word.
pub(super) fn check(base: &BaseModel, family: Family) -> Result<(), ReferenceError> {
    let (config, tied, name) = (&base.config, base.lm_head.is_none(), family.name());
    let computes = &model(family)?.computes;
    let refuse = |lacks: String| Err(ReferenceError::lacks(lacks));
    check_rotary(config, family)?;
    let width = config.heads * config.head_dim;
    if !computes.any_width && width != config.hidden {
        let lacks = format!(
            "takes heads to be as wide together as the {} of the {name} model, and they are {width}",
            config.hidden
        );
        return refuse(lacks);
    }
    if !computes.any_activation && config.activation != Activation::Silu {
        return refuse(format!("has no activation but SiLU in its {name}"));
    }
    if !computes.untied && !tied {
        return refuse(format!("has no output matrix of its own in its {name}, only the embedding"));
    }
    let scale = family.rules().embedding_scale(config.hidden);
    if (config.embedding_scale / scale - 1.0).abs() > 1e-6 {
        return refuse(format!("scales embeddings of {name} by {scale}, and the model by {}", config.embedding_scale));
    }
    if !computes.soft_caps && (config.attention_softcap, config.logit_softcap) != (None, None) {
        return refuse(format!("has no soft caps in its {name}"));
    }
    Ok(())
}

fn check_rotary(config: &DecoderConfig, family: Family) -> Result<(), ReferenceError> {
    let (name, computes) = (family.name(), &model(family)?.computes);
    let first = &config.attention[0];
    for layer in &config.attention {
        match layer.rope_scaling {
            RopeScaling::None => {}
            RopeScaling::Llama3 { .. } if computes.llama3_scaling => {}
            RopeScaling::Llama3 { .. } => {
                return Err(ReferenceError::lacks(format!("has no rope scaling of Llama 3.1's kind in its {name}")));
            }
            RopeScaling::Linear { .. } => {
                return Err(ReferenceError::lacks(format!("has no linear rope scaling in its {name}")));
            }
        }
        let alike = layer.rope_theta == first.rope_theta && layer.rope_scaling == first.rope_scaling;
        if !computes.two_rotations && !alike {
            return Err(ReferenceError::lacks(format!("has one rotary embedding for all layers in its {name}")));
        }
    }
    Ok(())
}
