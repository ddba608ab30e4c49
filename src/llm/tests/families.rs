//! Tiny random models of every supported family.

use crate::llm::decoder::{Activation, BaseModel, DecoderConfig, LayerAttention, RopeScaling};
use crate::llm::files::random::RandomParts;
use crate::rng::{Purpose, StreamKey, stream};

fn attention(rope_theta: f32, rope_scaling: RopeScaling, window: Option<usize>) -> LayerAttention {
    LayerAttention { rope_theta, rope_scaling, window }
}

fn llama() -> DecoderConfig {
    let scaling =
        RopeScaling::Llama3 { factor: 8.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_context: 64.0 };
    DecoderConfig {
        vocab: 37,
        hidden: 24,
        intermediate: 40,
        heads: 6,
        kv_heads: 2,
        head_dim: 8,
        norm_eps: 1e-5,
        attention: vec![attention(1e4, scaling, None), attention(1e4, RopeScaling::None, None)],
        activation: Activation::Silu,
        query_scale: 8f32.sqrt().recip(),
        embedding_scale: 4.0,
        attention_softcap: None,
        logit_softcap: None,
    }
}

/// (name, model) of every family, with all the switches that it sets.
pub(super) fn all() -> Vec<(&'static str, BaseModel)> {
    let plain = RandomParts::default();
    let gemma =
        DecoderConfig { activation: Activation::GeluTanh, embedding_scale: 24f32.sqrt(), query_scale: 0.4, ..llama() };
    let local = |theta| attention(theta, RopeScaling::None, Some(5));
    let linear = attention(1e6, RopeScaling::Linear { factor: 8.0 }, None);
    let gemma2 = DecoderConfig {
        attention_softcap: Some(3.0),
        logit_softcap: Some(4.0),
        attention: vec![local(1e4), attention(1e4, RopeScaling::None, None)],
        ..gemma.clone()
    };
    let gemma3 = DecoderConfig { attention: vec![local(1e4), linear], ..gemma };
    let families = [
        ("llama", llama(), RandomParts { untied: true, ..plain }),
        ("qwen2", llama(), RandomParts { qkv_bias: true, ..plain }),
        ("qwen3", DecoderConfig { kv_heads: 6, ..llama() }, RandomParts { head_norms: true, ..plain }),
        ("gemma2", gemma2, RandomParts { post_norms: true, ..plain }),
        ("gemma3", gemma3, RandomParts { post_norms: true, head_norms: true, ..plain }),
    ];
    families
        .into_iter()
        .map(|(name, config, parts)| {
            let mut rng = stream(7, Purpose::ModelInit, StreamKey::default());
            (name, BaseModel::random(config, parts, &mut rng))
        })
        .collect()
}
