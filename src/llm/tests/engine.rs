//! Every mode of the engine against its references.
#![expect(clippy::print_stdout, reason = "names the case if a comparison fails")]

use super::families;
use super::reference::Reference;
use crate::llm::decoder::BaseModel;
use crate::llm::decoder::Projection;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::cpu::kernels::tests::numbers;
use crate::llm::engine::precision::Precision;
use crate::llm::engine::{Agent, FrozenPrefix, Gradient, Keep, Slopes, TreeScores, ValueHead};
use crate::llm::family::Family;
use crate::llm::lora::{Adapter, LoraConfig};
use crate::llm::tree::PromptTree;
use crate::testing::{assert_close, property_config};
use proptest::prelude::*;
use std::sync::Arc;

pub(super) fn prompts() -> Vec<Vec<u32>> {
    vec![vec![1, 2, 3, 4, 5, 6, 7, 8], vec![1, 2, 3, 4, 9, 6, 1, 2, 3], vec![1, 2, 3, 4, 5, 6, 10], vec![1, 2, 3, 4, 0]]
}

fn labels() -> Vec<Vec<u32>> {
    vec![vec![11, 12], vec![11, 13, 4], vec![20]]
}

/// An adapter whose A and B are both random, so that every gradient is non-zero.
pub(super) fn adapter(model: &BaseModel, targets: &[Projection]) -> Adapter {
    let config = LoraConfig { rank: 3, alpha: 5.0, rslora: true, targets: targets.to_vec() };
    let mut adapter = Adapter::zeros(&config, &model.config);
    adapter.params = numbers(21, adapter.params.len()).iter().map(|x| 0.15 * x).collect();
    adapter
}

fn value_head(model: &BaseModel) -> ValueHead {
    ValueHead { weight: numbers(22, model.config.hidden), bias: 0.3 }
}

/// One forward and backward: the scores and the gradient.
fn run(engine: &CpuEngine, tree: &PromptTree, agent: &Agent, keep: Keep, threads: usize) -> (TreeScores, Gradient) {
    let mut workspace = Workspace::new();
    // Buffers full of an earlier, larger tree must make no difference.
    let older = PromptTree::new(&[vec![5; 70], vec![6; 9]], &labels());
    let other = Agent { prefix: None, ..*agent };
    engine.forward(&older, &other, Keep::Everything, 1, &mut workspace);
    let scores = engine.forward(tree, agent, keep, threads, &mut workspace);
    let mut gradient = Gradient::zeros(agent);
    let slopes = Slopes { log_probs: numbers(31, tree.cells()), values: numbers(32, tree.prompts()) };
    engine.backward(tree, agent, &slopes, threads, &mut workspace, &mut gradient);
    (scores, gradient)
}

/// Largest difference, relative to the root mean square of the expected numbers.
pub(super) fn error(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let rms = (expected.iter().map(|x| x * x).sum::<f64>() / expected.len() as f64).sqrt();
    assert!(rms > 0.0, "the expected gradient is zero, so the comparison says nothing");
    assert!(found.iter().all(|x| x.is_finite()), "a gradient is not finite");
    found.iter().zip(expected).map(|(&f, e)| (f64::from(f) - e).abs()).fold(0.0, f64::max) / rms
}

pub(super) fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// Checks scores and all gradients against candle's autograd, with the adapter acting from the end of `prefix` on.
fn check_against_candle(name: &str, model: &BaseModel, prefix: Option<&FrozenPrefix>, targets: &[Projection]) {
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let (adapter, value) = (adapter(model, targets), value_head(model));
    let tree = PromptTree::new(&prompts(), &labels());
    let agent = Agent { adapter: Some(&adapter), value_head: Some(&value), prefix };
    let (scores, gradient) = run(&engine, &tree, &agent, Keep::Everything, 1);

    let reference = Reference::new(model, &adapter, &value).unwrap();
    let active = prefix.map_or(0, |prefix| prefix.tokens.len());
    let (log_probs, values) = reference.scores(&prompts(), &labels(), active).unwrap();
    let scalars = |all: &[candle_core::Tensor]| all.iter().map(|x| x.to_scalar().unwrap()).collect::<Vec<f64>>();
    println!("{name}");
    assert_close(&scores.label_log_probs, &scalars(&log_probs), 1e-4);
    assert_close(&scores.values, &scalars(&values), 1e-4);
    let slopes = [numbers(31, log_probs.len()), numbers(32, values.len())].concat();
    let mut loss = (log_probs[0].clone() * 0.0).unwrap();
    for (term, slope) in log_probs.iter().chain(&values).zip(slopes) {
        loss = (loss + (term * f64::from(slope)).unwrap()).unwrap();
    }
    let store = loss.backward().unwrap();
    let expected = |var: &candle_core::Var| {
        store.get(var).expect("every variable takes part").flatten_all().unwrap().to_vec1::<f64>().unwrap()
    };
    assert_eq!(adapter.slots.len(), reference.slots.len());
    for (slot, (a, b)) in adapter.slots.iter().zip(&reference.slots) {
        for (range, var) in [(&slot.a, a), (&slot.b, b)] {
            let error = error(&gradient.adapter[range.clone()], &expected(var));
            assert!(error < 1e-4, "{name}: {:?} of layer {} is off by {error}", slot.projection, slot.layer);
        }
    }
    assert!(error(&gradient.value_weight, &expected(&reference.value.0)) < 1e-4, "{name}: value head");
    assert!(error(&[gradient.value_bias], &expected(&reference.value.1)) < 1e-4, "{name}: value bias");
}

#[test]
fn scores_and_gradients_match_autograd_for_every_family() {
    for (name, model) in families::all() {
        check_against_candle(name, &model, None, &Projection::ALL);
    }
}

#[test]
fn adapters_on_some_projections_match_autograd() {
    let (name, model) = ("gemma2", families::of(Family::Gemma2));
    for targets in [
        &[Projection::DownProj][..],
        &[Projection::OProj],
        &[Projection::QProj, Projection::VProj],
        &[Projection::UpProj],
    ] {
        check_against_candle(name, &model, None, targets);
    }
}

#[test]
fn a_frozen_prefix_is_the_full_pass_with_the_adapter_masked_on_it() {
    for (name, model) in families::all() {
        let engine = CpuEngine::new(Arc::new(model.clone()));
        for len in [1, 4] {
            let prefix = engine.freeze_prefix(&prompts()[0][..len], 1);
            check_against_candle(name, &model, Some(&prefix), &Projection::ALL);
        }
    }
}

#[test]
fn an_empty_prefix_changes_nothing() {
    let model = families::of(Family::Llama);
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let (adapter, value) = (adapter(&model, &Projection::ALL), value_head(&model));
    let (tree, prefix) = (PromptTree::new(&prompts(), &labels()), engine.freeze_prefix(&[], 1));
    let plain = Agent { adapter: Some(&adapter), value_head: Some(&value), prefix: None };
    let empty = Agent { prefix: Some(&prefix), ..plain };
    assert_eq!(run(&engine, &tree, &plain, Keep::Everything, 1), run(&engine, &tree, &empty, Keep::Everything, 1));
}

#[test]
fn recomputing_equals_keeping_and_scoring_and_threads_change_no_bit() {
    for (name, model) in families::all() {
        let engine = CpuEngine::new(Arc::new(model.clone()));
        let (adapter, value) = (adapter(&model, &Projection::ALL), value_head(&model));
        let tree = PromptTree::new(&prompts(), &labels());
        let prefix = engine.freeze_prefix(&[1, 2, 3], 1);
        assert_eq!(prefix, engine.freeze_prefix(&[1, 2, 3], 2));
        for prefix in [None, Some(&prefix)] {
            let agent = Agent { adapter: Some(&adapter), value_head: Some(&value), prefix };
            let kept = run(&engine, &tree, &agent, Keep::Everything, 1);
            assert_eq!(kept, run(&engine, &tree, &agent, Keep::Residuals, 1), "{name}: recomputing differs");
            assert_eq!(kept, run(&engine, &tree, &agent, Keep::Everything, 2), "{name}: two threads differ");
            assert_eq!(kept, run(&engine, &tree, &agent, Keep::Residuals, 3), "{name}: three threads differ");
            let scored = engine.forward(&tree, &agent, Keep::Nothing, 2, &mut Workspace::new());
            assert_eq!(kept.0, scored, "{name}: scoring differs");
        }
    }
}

#[test]
fn larger_products_change_no_bit_with_threads() {
    // Large enough for the GEMM to share its work among threads.
    let small = families::of(Family::Gemma3);
    let mut config = small.config.clone();
    (config.hidden, config.intermediate, config.vocab, config.head_dim) = (192, 320, 999, 32);
    let mut rng = crate::rng::stream(3, crate::rng::Purpose::ModelInit, crate::rng::StreamKey::default());
    let model = BaseModel::random(config, crate::llm::files::random::RandomParts::default(), &mut rng);
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let (adapter, value) = (adapter(&model, &Projection::ALL), value_head(&model));
    let agent = Agent { adapter: Some(&adapter), value_head: Some(&value), prefix: None };
    let trunk: Vec<u32> = (0..150).collect();
    let prompts: Vec<Vec<u32>> = (0..5).map(|i| [trunk.clone(), (i * 30..i * 30 + 26).collect()].concat()).collect();
    let tree = PromptTree::new(&prompts, &labels());
    let one = run(&engine, &tree, &agent, Keep::Everything, 1);
    for threads in [2, 5] {
        assert_eq!(one, run(&engine, &tree, &agent, Keep::Everything, threads));
    }
}

#[test]
fn an_agent_without_adapter_trains_only_its_value_head() {
    let model = families::of(Family::Llama);
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let value = value_head(&model);
    let tree = PromptTree::new(&prompts(), &labels());
    let agent = Agent { value_head: Some(&value), ..Agent::default() };
    let (scores, gradient) = run(&engine, &tree, &agent, Keep::Residuals, 1);
    assert!(gradient.adapter.is_empty());
    let d_values = numbers(32, tree.prompts());
    assert_eq!(scores.hidden.len(), d_values.len() * model.config.hidden);
    assert_eq!(gradient.value_bias, d_values.iter().sum::<f32>());
    for (j, found) in gradient.value_weight.iter().enumerate() {
        let expected: f32 = d_values.iter().zip(scores.hidden.chunks(model.config.hidden)).map(|(d, h)| d * h[j]).sum();
        assert!((found - expected).abs() < 1e-5);
    }
}

#[test]
fn gradients_add_up_over_calls() {
    let model = families::of(Family::Llama);
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let adapter = adapter(&model, &Projection::ALL);
    let tree = PromptTree::new(&prompts(), &labels());
    let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
    let slopes = Slopes { log_probs: numbers(31, tree.cells()), values: Vec::new() };
    let (mut workspace, mut twice) = (Workspace::new(), Gradient::zeros(&agent));
    let mut once = Gradient::zeros(&agent);
    for gradient in [&mut once, &mut twice] {
        engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
        engine.backward(&tree, &agent, &slopes, 1, &mut workspace, gradient);
    }
    engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
    engine.backward(&tree, &agent, &slopes, 1, &mut workspace, &mut twice);
    let doubled: Vec<f64> = once.adapter.iter().map(|x| 2.0 * f64::from(*x)).collect();
    assert!(error(&twice.adapter, &doubled) < 1e-4);
    twice.fit(&agent);
    assert_eq!(twice, Gradient::zeros(&agent));
}

#[test]
#[should_panic(expected = "backward needs a forward that kept its activations")]
fn a_second_backward_is_refused() {
    let model = families::of(Family::Llama);
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let adapter = adapter(&model, &Projection::ALL);
    let tree = PromptTree::new(&prompts(), &labels());
    let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
    let (mut workspace, mut gradient) = (Workspace::new(), Gradient::zeros(&agent));
    let slopes = Slopes { log_probs: vec![1.0; 12], values: Vec::new() };
    engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
    for _ in 0..2 {
        engine.backward(&tree, &agent, &slopes, 1, &mut workspace, &mut gradient);
    }
}

#[test]
fn after_the_first_call_no_buffer_grows() {
    let model = families::of(Family::Gemma3);
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let adapter = adapter(&model, &Projection::ALL);
    let tree = PromptTree::new(&prompts(), &labels());
    let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
    let (mut workspace, mut gradient) = (Workspace::new(), Gradient::zeros(&agent));
    let slopes = Slopes { log_probs: vec![1.0; 12], values: Vec::new() };
    let mut bytes = Vec::new();
    for _ in 0..3 {
        engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
        engine.backward(&tree, &agent, &slopes, 1, &mut workspace, &mut gradient);
        bytes.push(workspace.bytes());
    }
    assert!(bytes[0] > 0 && bytes.iter().all(|b| *b == bytes[0]), "{bytes:?}");
}

proptest! {
    #![proptest_config(property_config(24))]
    #[test]
    fn a_tree_is_its_prompts_one_at_a_time(
        trunk in prop::collection::vec(0u32..37, 0..30),
        branches in prop::collection::vec(prop::collection::vec(0u32..37, 1..20), 1..6),
        family in 0..Family::ALL.len(),
    ) {
        let model = families::of(Family::ALL[family]);
        let engine = CpuEngine::new(Arc::new(model.clone()));
        let (adapter, value) = (adapter(&model, &Projection::ALL), value_head(&model));
        let agent = Agent { adapter: Some(&adapter), value_head: Some(&value), prefix: None };
        let prompts: Vec<Vec<u32>> = branches.iter().map(|branch| [&trunk[..], branch].concat()).collect();
        let tree = PromptTree::new(&prompts, &labels());
        let (scores, gradient) = run(&engine, &tree, &agent, Keep::Everything, 1);

        let mut single = TreeScores { label_log_probs: vec![], values: vec![], hidden: vec![] };
        let mut sum = Gradient::zeros(&agent);
        let (d_log_probs, d_values) = (numbers(31, 3 * prompts.len()), numbers(32, prompts.len()));
        let mut workspace = Workspace::new();
        for (i, prompt) in prompts.iter().enumerate() {
            let tree = PromptTree::new(std::slice::from_ref(prompt), &labels());
            let scores = engine.forward(&tree, &agent, Keep::Everything, 1, &mut workspace);
            let slopes = Slopes { log_probs: d_log_probs[3 * i..3 * i + 3].to_vec(), values: vec![d_values[i]] };
            engine.backward(&tree, &agent, &slopes, 1, &mut workspace, &mut sum);
            single.label_log_probs.extend(scores.label_log_probs);
            single.values.extend(scores.values);
        }
        assert_close(&scores.label_log_probs, &single.label_log_probs, 1e-4);
        assert_close(&scores.values, &single.values, 1e-4);
        prop_assert!(error(&gradient.adapter, &wide(&sum.adapter)) < 1e-3);
        prop_assert!(error(&gradient.value_weight, &wide(&sum.value_weight)) < 1e-3);
    }
}

#[test]
fn bf16_is_close_to_f32_and_trains_in_the_same_direction() {
    for (name, model) in families::all() {
        let model = Arc::new(model);
        let [f32, bf16] = [Precision::F32, Precision::Bf16].map(|p| CpuEngine::with_precision(model.clone(), p));
        let (adapter, value) = (adapter(&model, &Projection::ALL), value_head(&model));
        let tree = PromptTree::new(&prompts(), &labels());
        let agent = Agent { adapter: Some(&adapter), value_head: Some(&value), prefix: None };
        let (expected, slope) = run(&f32, &tree, &agent, Keep::Everything, 1);
        let (found, rounded) = run(&bf16, &tree, &agent, Keep::Everything, 1);
        let off = error(&found.label_log_probs, &wide(&expected.label_log_probs));
        // Far above the noise of f32, so that bf16 was really used, and within what 8 bits allow.
        assert!((1e-5..0.05).contains(&off), "{name}: log-probabilities are off by {off}");
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
        let (a, b) = (&rounded.adapter, &slope.adapter);
        assert_eq!(a.len(), b.len());
        let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
        assert!(cosine > 0.99, "{name}: the gradients' cosine is {cosine}");
    }
}

#[test]
fn bf16_is_the_same_for_any_threads_and_whatever_is_kept() {
    let model = families::of(Family::Llama);
    let engine = CpuEngine::with_precision(Arc::new(model.clone()), Precision::Bf16);
    let adapter = adapter(&model, &Projection::ALL);
    let tree = PromptTree::new(&prompts(), &labels());
    let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
    let straight = run(&engine, &tree, &agent, Keep::Everything, 1);
    assert_eq!(run(&engine, &tree, &agent, Keep::Everything, 3), straight);
    assert_eq!(run(&engine, &tree, &agent, Keep::Residuals, 1), straight);
    // Two packed copies of half a number each take as many bytes as one number, plus what fills up the panels.
    let numbers_of = |weight: &crate::llm::weight::Weight| weight.outputs() * weight.inputs();
    let numbers: usize = model.layers.iter().flat_map(|layer| &layer.projections).map(numbers_of).sum();
    assert!(engine.extra_bytes() >= 4 * (numbers + numbers_of(model.output_matrix())));
}
