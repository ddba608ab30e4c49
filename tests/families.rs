//! Every family of decoders against logits of the public Python implementation, on tiny random configurations.
#![expect(clippy::print_stdout, reason = "names the family if a comparison fails")]

use crate::support::root;
use crate::testing::assert_close;
use agora::llm::engine::cpu::CpuEngine;
use agora::llm::engine::cpu::Workspace;
use agora::llm::engine::{Agent, Keep};
use agora::llm::family::Family;
use agora::llm::files::safetensors::load_weights;
use agora::llm::tree::PromptTree;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
struct Expected {
    tokens: Vec<u32>,
    /// (tokens, vocab).
    logits: Vec<Vec<f64>>,
}

fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|l| (l - max).exp()).sum();
    logits.iter().map(|l| l - max - sum.ln()).collect()
}

/// Every token of the vocabulary as a one-token label after every prefix of the sequence.
#[test]
fn every_family_gives_the_logits_of_python() {
    for family in Family::ALL {
        println!("{family:?}");
        let folder = root().join("tests/fixtures/families").join(family.name());
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_str(&text).unwrap();
        let engine = CpuEngine::new(Arc::new(load_weights(&folder).unwrap().0));
        let prompts: Vec<Vec<u32>> = (1..=expected.tokens.len()).map(|n| expected.tokens[..n].to_vec()).collect();
        let labels: Vec<Vec<u32>> = (0..engine.model().config.vocab as u32).map(|token| vec![token]).collect();
        let tree = PromptTree::new(&prompts, &labels);
        let scores = engine.forward(&tree, &Agent::default(), Keep::Nothing, 1, &mut Workspace::new());
        let theirs: Vec<f64> = expected.logits.iter().flat_map(|logits| log_softmax(logits)).collect();
        assert_close(&scores.label_log_probs, &theirs, 1e-4);
    }
}
