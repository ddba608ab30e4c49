//! Decoding with kept keys and values against passes over the whole text.

use super::engine::{adapter, error, prompts, wide};
use super::families;
use crate::llm::decoder::Projection;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::cpu::generate::{Completion, Decoding, PromptCache, Sampling};
use crate::llm::engine::next_token::largest_logits;
use crate::llm::engine::{Agent, Gradient, Keep, Slopes};
use crate::llm::family::Family;
use crate::llm::tree::PromptTree;
use crate::rng::{Purpose, Stream, StreamKey, stream};
use crate::testing::assert_close;
use rand::RngExt;
use std::sync::Arc;

const TOKENS: usize = 6;
const STOP: u32 = 3;

fn sampling(temperature: f64) -> Sampling {
    Sampling { temperature, top_p: 1.0, max_new_tokens: TOKENS }
}

fn streams(count: usize) -> Vec<Stream> {
    let key = |i: usize| StreamKey { seat: i as u32, ..StreamKey::default() };
    (0..count).map(|i| stream(5, Purpose::Generation, key(i))).collect()
}

/// Texts after the prompts numbered `starts`, each with its own stream.
fn texts(
    engine: &CpuEngine,
    agent: &Agent,
    starts: &[usize],
    streams: &mut [Stream],
    temperature: f64,
) -> Vec<Completion> {
    let cache = engine.read_prompts(&prompts(), agent, 1);
    let over = |tokens: &[u32]| tokens.last() == Some(&STOP);
    let sampling = sampling(temperature);
    let decoding = Decoding { sampling, is_over: &over, uniform: &mut |i| streams[i].random() };
    engine.generate(&cache, agent, starts, decoding, 1)
}

fn log_probs(texts: &[Completion]) -> Vec<f64> {
    texts.iter().map(|text| text.log_prob).collect()
}

#[test]
fn cached_decoding_is_a_pass_over_the_whole_text() {
    for (name, model) in families::all() {
        let engine = CpuEngine::new(Arc::new(model.clone()));
        let adapter = adapter(&model, &Projection::ALL);
        let prefix = engine.freeze_prefix(&[1, 2, 3], 1);
        for prefix in [None, Some(&prefix)] {
            let agent = Agent { adapter: Some(&adapter), value_head: None, prefix };
            let starts = [0, 0, 1, 2, 3, 3, 3];
            let found = texts(&engine, &agent, &starts, &mut streams(starts.len()), 1.0);
            let mut completions = vec![Vec::new(); prompts().len()];
            assert_eq!(found.len(), starts.len());
            for (start, text) in starts.iter().zip(&found) {
                assert!((1..=TOKENS).contains(&text.tokens.len()));
                assert!(text.tokens.len() == TOKENS || text.tokens.last() == Some(&STOP), "{name}: {text:?}");
                completions[*start].push(text.tokens.clone());
            }
            let tree = PromptTree::with_completions(&prompts(), &completions);
            let scores = engine.forward(&tree, &agent, Keep::Nothing, 1, &mut Workspace::new());
            assert_close(&log_probs(&found), &scores.label_log_probs, 1e-4);
        }
    }
}

#[test]
fn greedy_decoding_takes_the_likeliest_token_of_every_pass() {
    for (name, model) in families::all() {
        let engine = CpuEngine::new(Arc::new(model.clone()));
        let adapter = adapter(&model, &Projection::ALL);
        let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
        let found = texts(&engine, &agent, &[2, 0], &mut streams(2), 0.0);
        assert_eq!(found.len(), 2);
        for (start, text) in [2, 0].into_iter().zip(found) {
            let mut tokens = prompts()[start].clone();
            for token in text.tokens {
                let tree = PromptTree::new(std::slice::from_ref(&tokens), &[vec![0]]);
                let scores = engine.forward(&tree, &agent, Keep::Nothing, 1, &mut Workspace::new());
                assert_eq!(largest_logits(&model, &scores.hidden, 1)[0].0, token, "{name}");
                tokens.push(token);
            }
        }
    }
}

#[test]
fn reading_more_is_reading_from_the_start() {
    // Longer than one read before, the same as one, its beginning, one that shares nothing, and two alike.
    let more: [&[u32]; 7] = [
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 9],
        &[1, 2, 3, 4, 9, 6, 1, 2, 3],
        &[1, 2, 3, 4],
        &[30, 1],
        &[1, 2, 3, 4, 0, 6, 6],
        &[1, 2, 3, 4, 0, 6, 6],
        &[1, 2, 3, 4, 0, 6],
    ];
    let more = more.map(<[u32]>::to_vec);
    let over = |tokens: &[u32]| tokens.last() == Some(&STOP);
    for (name, model) in families::all() {
        let engine = CpuEngine::new(Arc::new(model.clone()));
        let adapter = adapter(&model, &Projection::ALL);
        let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
        let starts = [0, 1, 2, 3, 4, 5, 6, 3, 1];
        let grow = |cache: &PromptCache| {
            let mut streams = streams(starts.len());
            let uniform = &mut |i: usize| streams[i].random();
            engine.generate(cache, &agent, &starts, Decoding { sampling: sampling(1.0), is_over: &over, uniform }, 1)
        };
        let again = grow(&engine.read_prompts(&more, &agent, 1));
        let cache = engine.read_more(&engine.read_prompts(&prompts(), &agent, 1), &more, &agent, 1);
        let found = grow(&cache);
        let tokens = |texts: &[Completion]| texts.iter().map(|text| text.tokens.clone()).collect::<Vec<_>>();
        assert_eq!(tokens(&found), tokens(&again), "{name}");
        assert_close(&log_probs(&found), &log_probs(&again), 1e-4);
        // And once more, on top of what was read on top.
        let third = engine.read_more(&cache, &prompts(), &agent, 2);
        assert_eq!(third.prompts(), prompts().len());
    }
}

#[test]
fn texts_are_the_same_alone_and_in_company() {
    let model = families::of(Family::Gemma2);
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let adapter = adapter(&model, &Projection::ALL);
    let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
    let starts = [3, 0, 1, 1, 0, 2, 1];
    let together = texts(&engine, &agent, &starts, &mut streams(starts.len()), 1.0);
    for (i, start) in starts.into_iter().enumerate() {
        let alone = texts(&engine, &agent, &[start], &mut streams(starts.len())[i..=i], 1.0);
        assert_eq!(alone[0].tokens, together[i].tokens);
        assert!((alone[0].log_prob - together[i].log_prob).abs() < 1e-4);
    }
}

#[test]
fn gradients_of_lists_of_completions_are_those_of_each_alone() {
    for (name, model) in families::all() {
        let engine = CpuEngine::new(Arc::new(model.clone()));
        let adapter = adapter(&model, &Projection::ALL);
        let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
        let completions =
            [vec![vec![5, 6, 7], vec![5, 6, 8, 9]], vec![vec![1]], vec![], vec![vec![2, 2], vec![4], vec![2, 3, 3]]];
        let slopes = [0.5f32, -1.0, 2.0, 0.25, -0.5, 1.5];
        let tree = PromptTree::with_completions(&prompts(), &completions);
        let mut workspace = Workspace::new();
        engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
        let (mut together, mut alone) = (Gradient::zeros(&agent), Gradient::zeros(&agent));
        let all = Slopes { log_probs: slopes.to_vec(), values: Vec::new() };
        engine.backward(&tree, &agent, &all, 1, &mut workspace, &mut together);
        let pairs = prompts()
            .into_iter()
            .zip(completions)
            .flat_map(|(prompt, list)| list.into_iter().map(move |completion| (prompt.clone(), completion)));
        for ((prompt, completion), slope) in pairs.zip(slopes) {
            let tree = PromptTree::new(&[prompt], &[completion]);
            engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
            let one = Slopes { log_probs: vec![slope], values: Vec::new() };
            engine.backward(&tree, &agent, &one, 1, &mut workspace, &mut alone);
        }
        assert!(error(&together.adapter, &wide(&alone.adapter)) < 1e-3, "{name}");
    }
}
