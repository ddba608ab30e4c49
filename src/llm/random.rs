//! Seeded random base models: the built-in `tiny` model, tests, and benchmarks of published shapes.

use super::decoder::{BaseModel, DecoderConfig, LayerWeights};
use super::lora::Projection;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Parts of a decoder that the sizes of [`DecoderConfig`] do not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RandomParts {
    /// RMSNorm after attention and MLP (Gemma 2, 3).
    pub post_norms: bool,
    /// RMSNorm of query and key heads (Qwen3, Gemma 3).
    pub head_norms: bool,
    /// Biases of q, k, v (Qwen2).
    pub qkv_bias: bool,
    /// A matrix of logits of its own.
    pub untied: bool,
}

impl BaseModel {
    /// A model with normal weights: matrices with deviation 1/√columns, so that activations keep their size from layer to
    /// layer, norms near 1, biases near 0.
    pub fn random(config: DecoderConfig, parts: RandomParts, rng: &mut impl Rng) -> Self {
        let matrix = |rng: &mut _, rows: usize, columns: usize| {
            normal(rng, rows * columns, 0.0, (columns as f32).sqrt().recip())
        };
        let norm = |rng: &mut _, len: usize| normal(rng, len, 1.0, 0.1);
        let embedding = matrix(rng, config.vocab, config.hidden);
        let layers = (0..config.layers())
            .map(|_| LayerWeights {
                attention_norm: norm(rng, config.hidden),
                mlp_norm: norm(rng, config.hidden),
                attention_post_norm: parts.post_norms.then(|| norm(rng, config.hidden)),
                mlp_post_norm: parts.post_norms.then(|| norm(rng, config.hidden)),
                q_norm: parts.head_norms.then(|| norm(rng, config.head_dim)),
                k_norm: parts.head_norms.then(|| norm(rng, config.head_dim)),
                qkv_bias: parts.qkv_bias.then(|| {
                    [Projection::QProj, Projection::KProj, Projection::VProj]
                        .map(|projection| normal(rng, config.shape(projection).0, 0.0, 0.1))
                }),
                projections: Projection::ALL.map(|projection| {
                    let (rows, columns) = config.shape(projection);
                    matrix(rng, rows, columns)
                }),
            })
            .collect();
        let final_norm = norm(rng, config.hidden);
        let lm_head = parts.untied.then(|| matrix(rng, config.vocab, config.hidden));
        Self { config, embedding, layers, final_norm, lm_head }
    }
}

/// `len` normal numbers.
fn normal(rng: &mut impl Rng, len: usize, mean: f32, deviation: f32) -> Vec<f32> {
    (0..len)
        .map(|_| {
            let draw: f32 = StandardNormal.sample(rng);
            mean + deviation * draw
        })
        .collect()
}
