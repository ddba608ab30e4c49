//! Tiny random models of every supported family.

use crate::llm::decoder::{BaseModel, DecoderConfig, LayerAttention, RopeScaling};
use crate::llm::family::{Family, Windows};
use crate::llm::files::random::RandomParts;
use crate::rng::{Purpose, StreamKey, stream};

fn attention(rope_theta: f32, rope_scaling: RopeScaling, window: Option<usize>) -> LayerAttention {
    LayerAttention { rope_theta, rope_scaling, window }
}

/// Two layers that differ as the family's layers may.
fn layers(family: Family) -> Vec<LayerAttention> {
    let scaling =
        RopeScaling::Llama3 { factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_context: 64.0 };
    let (plain, windowed) = (attention(1e4, RopeScaling::None, None), attention(1e4, RopeScaling::None, Some(5)));
    let rules = family.rules();
    match rules.windows {
        Windows::None | Windows::Switched => vec![attention(1e4, scaling, None), plain],
        Windows::AllBut { .. } if rules.local_rope_theta.is_none() => vec![windowed, plain],
        Windows::AllBut { .. } => vec![windowed, attention(1e6, RopeScaling::Linear { factor: 8.0 }, None)],
    }
}

/// A model of `family` with all the switches that it sets.
pub(super) fn of(family: Family) -> BaseModel {
    let rules = family.rules();
    let config = DecoderConfig {
        vocab: 37,
        hidden: 24,
        intermediate: 40,
        heads: 6,
        // Three queries to a key, or one to a key where nothing but the heads is normed in addition.
        kv_heads: if rules.qk_norm && !rules.post_norms { 6 } else { 2 },
        head_dim: 8,
        norm_eps: 1e-5,
        attention: layers(family),
        activation: rules.activation,
        query_scale: if rules.query_scalar.is_some() { 0.4 } else { 8f32.sqrt().recip() },
        embedding_scale: if rules.scaled_embeddings { 24f32.sqrt() } else { 4.0 },
        attention_softcap: rules.attention_softcap.then_some(3.0),
        logit_softcap: rules.logit_softcap.then_some(4.0),
    };
    let mut rng = stream(7, Purpose::ModelInit, StreamKey::default());
    BaseModel::random(config, RandomParts::of(family, !rules.tied), &mut rng)
}

/// (name, model) of every family.
pub(super) fn all() -> Vec<(&'static str, BaseModel)> {
    Family::ALL.map(|family| (family.name(), of(family))).into()
}
