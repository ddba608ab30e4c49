//! Seeded random base models: the built-in `tiny` model, tests, and benchmarks of published shapes.

use super::{hf_config, tiny};
use crate::llm::decoder::Projection;
use crate::llm::decoder::{BaseModel, DecoderConfig, LayerWeights};
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::files::loaded::{LoadedModel, ModelIdentity};
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::ChatTokenizer;
use crate::llm::weight::Weight;
use crate::rng::{Purpose, StreamKey, stream};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// Sizes of a model whose weights are drawn at random, as a `config.json` of its family would give them; the rest
/// (rotary base, windows, caps) takes the values that the family uses when the file is silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomShape {
    /// The family of decoders that the model belongs to.
    pub family: Family,
    /// Number of decoder blocks.
    pub layers: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width of the MLP.
    pub intermediate: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; `heads` is a multiple of this number.
    pub kv_heads: usize,
    /// Width of a head; default: hidden / heads.
    #[serde(default)]
    pub head_dim: Option<usize>,
    /// Number of tokens in the vocabulary; the byte tokenizer uses the first 260.
    pub vocab: usize,
    /// Whether the output matrix is separate from the embedding.
    #[serde(default)]
    pub untied: bool,
    /// Seed that the weights are drawn from.
    #[serde(default)]
    pub seed: u64,
}

/// Number of tokens that a window sees where a family has windows: Gemma 2's number, longer than any prompt here.
const WINDOW: usize = 4096;

impl RandomShape {
    /// What the model is called in outputs: its family and sizes.
    pub fn name(&self) -> String {
        format!("random-{}-{}x{}-v{}-s{}", self.family.name(), self.layers, self.hidden, self.vocab, self.seed)
    }

    /// The decoder, or what is inconsistent about the sizes.
    pub fn decoder(&self) -> Result<DecoderConfig, ModelError> {
        let name = self.name();
        let sizes = [self.layers, self.hidden, self.intermediate, self.heads, self.kv_heads];
        if sizes.contains(&0) || self.vocab < tiny::VOCAB {
            let problem = format!("every size must be at least 1, and vocab at least {}", tiny::VOCAB);
            return Err(ModelError::damaged(Path::new(&name), problem));
        }
        let (hidden, heads) = (self.hidden, self.heads);
        let config = serde_json::json!({
            "architectures": [self.family.rules().hf_architecture],
            "vocab_size": self.vocab,
            "hidden_size": hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers,
            "num_attention_heads": heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim.unwrap_or(hidden / heads),
            "sliding_window": WINDOW,
        });
        Ok(hf_config::parse(&config.to_string(), Path::new(&name))?.decoder)
    }

    /// Bytes of the weights in f32; saturating.
    pub fn bytes(&self) -> u64 {
        let head_dim = self.head_dim.unwrap_or(self.hidden / self.heads.max(1));
        let [hidden, vocab, layers, mlp] = [self.hidden, self.vocab, self.layers, self.intermediate].map(|n| n as u64);
        let attention = ((2 * (self.heads + self.kv_heads)) as u64).saturating_mul(head_dim as u64);
        let per_layer = hidden.saturating_mul(attention.saturating_add(mlp.saturating_mul(3)));
        let matrices = vocab.saturating_mul(hidden).saturating_mul(1 + u64::from(self.untied));
        per_layer.saturating_mul(layers).saturating_add(matrices).saturating_mul(4)
    }

    /// The model with the byte tokenizer of `tiny`.
    pub fn load(&self, date: ChatDate) -> Result<LoadedModel, ModelError> {
        self.with_tokenizer(Arc::new(tiny::tokenizer(date)?))
    }

    /// The model with a tokenizer that was made before.
    pub fn with_tokenizer(&self, tokenizer: Arc<ChatTokenizer>) -> Result<LoadedModel, ModelError> {
        let parts = RandomParts::of(self.family, self.untied);
        let mut rng = stream(self.seed, Purpose::ModelInit, StreamKey::default());
        let base = BaseModel::random(self.decoder()?, parts, &mut rng);
        let id = ModelIdentity {
            name: self.name(),
            sha256: tiny::hash(&base),
            family: self.family.name(),
            source: "random weights".into(),
            base_repository: None,
            quantisation: None,
        };
        Ok(LoadedModel { base: Arc::new(base), tokenizer, id })
    }
}

/// Parts of a decoder that do not follow from the sizes in [`DecoderConfig`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RandomParts {
    /// RMSNorm after attention and MLP (Gemma 2, 3).
    pub post_norms: bool,
    /// RMSNorm of query and key heads (Qwen3, Gemma 3).
    pub head_norms: bool,
    /// Biases of q, k, v (Qwen2).
    pub qkv_bias: bool,
    /// A matrix of logits separate from the embedding.
    pub untied: bool,
}

impl RandomParts {
    /// The parts that `family` has, `untied` or not.
    pub fn of(family: Family, untied: bool) -> Self {
        let rules = family.rules();
        Self { post_norms: rules.post_norms, head_norms: rules.qk_norm, qkv_bias: rules.qkv_bias, untied }
    }
}

impl BaseModel {
    /// A model with normal weights: matrices with deviation 1/√columns, so that activations keep their size from layer
    /// to layer, norms near 1, biases near 0.
    pub fn random(config: DecoderConfig, parts: RandomParts, rng: &mut impl Rng) -> Self {
        let matrix = |rng: &mut _, rows: usize, columns: usize| {
            Weight::new(normal(rng, rows * columns, 0.0, (columns as f32).sqrt().recip()), rows, columns)
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

/// A model of two narrow layers.
#[cfg(test)]
pub(crate) fn small(family: Family) -> RandomShape {
    RandomShape {
        family,
        layers: 2,
        hidden: 32,
        intermediate: 48,
        heads: 4,
        kv_heads: 2,
        head_dim: None,
        vocab: 300,
        untied: !family.rules().tied,
        seed: 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::engine::cpu::CpuEngine;
    use crate::llm::engine::cpu::Workspace;
    use crate::llm::engine::{Agent, Keep};
    use crate::llm::tree::PromptTree;

    #[test]
    fn every_family_loads_and_scores_and_is_the_same_again() {
        for family in Family::ALL {
            let model = small(family).load(ChatDate::default()).unwrap();
            assert_eq!(model.id, small(family).load(ChatDate::default()).unwrap().id);
            let other = RandomShape { seed: 8, ..small(family) }.load(ChatDate::default()).unwrap();
            assert_ne!(model.id.sha256, other.id.sha256);
            let prompt = model.tokenizer.encode("which one?").unwrap();
            let tree = PromptTree::new(&[prompt], &[vec![65], vec![66, 67]]);
            let scores =
                CpuEngine::new(model.base).forward(&tree, &Agent::default(), Keep::Nothing, 1, &mut Workspace::new());
            assert!(scores.label_log_probs.iter().all(|l| l.is_finite() && *l < 0.0));
        }
    }

    #[test]
    fn sizes_that_do_not_go_together_are_refused() {
        let refused = |shape: RandomShape| shape.decoder().unwrap_err().to_string();
        assert!(refused(RandomShape { kv_heads: 3, ..small(Family::Llama) }).contains("multiple of key heads"));
        assert!(refused(RandomShape { vocab: 100, ..small(Family::Llama) }).contains("at least 260"));
        assert!(refused(RandomShape { heads: 0, ..small(Family::Llama) }).contains("at least 1"));
        // SmolLM2-135M by its sizes: 134.5 million numbers without the norms.
        let smol = RandomShape {
            layers: 30,
            hidden: 576,
            intermediate: 1536,
            heads: 9,
            kv_heads: 3,
            vocab: 49_152,
            untied: false,
            ..small(Family::Llama)
        };
        assert_eq!(smol.bytes() / 4, 134_479_872);
    }
}
