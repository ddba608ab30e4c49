//! The benchmarks' model and prompts: SmolLM2-135M's shape with random weights, and one agent's prompts as a tree.

#![allow(dead_code, reason = "each program that includes this file needs a part of it")]

use agora::llm::decoder::{Activation, BaseModel, DecoderConfig, LayerAttention, RopeScaling};
use agora::llm::engine::cpu::CpuEngine;
use agora::llm::engine::precision::Precision;
use agora::llm::files::random::RandomParts;
use agora::llm::lora::{Adapter, LoraConfig};
use agora::llm::tree::PromptTree;
use agora::rng::{Purpose, StreamKey, stream};
use std::sync::Arc;

/// The shape of SmolLM2-135M.
pub(crate) fn smollm2_135m() -> DecoderConfig {
    DecoderConfig {
        vocab: 49_152,
        hidden: 576,
        intermediate: 1536,
        heads: 9,
        kv_heads: 3,
        head_dim: 64,
        norm_eps: 1e-5,
        attention: vec![LayerAttention { rope_theta: 1e5, rope_scaling: RopeScaling::None, window: None }; 30],
        activation: Activation::Silu,
        query_scale: 0.125,
        embedding_scale: 1.0,
        attention_softcap: None,
        logit_softcap: None,
    }
}

/// An engine over random weights of that shape.
pub(crate) fn engine(precision: Precision) -> CpuEngine {
    let mut rng = stream(1, Purpose::ModelInit, StreamKey::default());
    let model = BaseModel::random(smollm2_135m(), RandomParts::default(), &mut rng);
    CpuEngine::with_precision(Arc::new(model), precision)
}

/// An adapter of `rank` on all linear layers of the model of `config` that has moved a little from where it started.
pub(crate) fn adapter(config: &DecoderConfig, rank: usize, agent: u32) -> Adapter {
    let lora = LoraConfig { rank, alpha: rank as f64 / 2.0, ..LoraConfig::default() };
    let key = StreamKey { agent, ..StreamKey::default() };
    let mut adapter = Adapter::init(&lora, config, &mut stream(1, Purpose::AdapterInit, key));
    adapter.params.iter_mut().for_each(|x| *x += 1e-3);
    adapter
}

/// Five prompts of 176 tokens, 150 of them shared, and two answers of two tokens each, which begin with the same token.
pub(crate) fn tree() -> PromptTree {
    let trunk: Vec<u32> = (0..150).map(|i| i * 31 % 49_152).collect();
    let prompts: Vec<Vec<u32>> =
        (0..5).map(|i| [trunk.clone(), (0..26).map(|j| 1000 + 100 * i + j).collect()].concat()).collect();
    PromptTree::new(&prompts, &[vec![7, 8], vec![7, 9]])
}
