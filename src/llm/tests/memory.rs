//! The size predicted for a workspace against its actual size.

use super::engine::adapter;
use super::families;
use crate::llm::decoder::BaseModel;
use crate::llm::decoder::Projection;
use crate::llm::engine::budget::pass::PassSize;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Agent, Gradient, Keep, Slopes};
use crate::llm::family::Family;
use crate::llm::files::outline::outline_random;
use crate::llm::files::random::{RandomParts, RandomShape, small};
use crate::llm::tree::PromptTree;
use crate::testing::property_config;
use proptest::prelude::*;
use std::sync::Arc;

/// Runs a pass and returns the actual and the predicted size of its workspace.
fn measure(
    model: &BaseModel,
    tree: &PromptTree,
    first: usize,
    targets: &[Projection],
    keep: Keep,
    threads: usize,
) -> (usize, usize) {
    let engine = CpuEngine::new(Arc::new(model.clone()));
    let adapter = adapter(model, targets);
    let prefix = (first > 0).then(|| engine.freeze_prefix(&tree.tokens[..first], 1));
    let agent = Agent { adapter: Some(&adapter), value_head: None, prefix: prefix.as_ref() };
    let mut workspace = Workspace::new();
    engine.forward(tree, &agent, keep, threads, &mut workspace);
    if keep != Keep::Nothing {
        let slopes = Slopes { log_probs: vec![0.1; tree.cells()], values: Vec::new() };
        let mut gradient = Gradient::zeros(&agent);
        engine.backward(tree, &agent, &slopes, threads, &mut workspace, &mut gradient);
    }
    let size = PassSize::of(tree, first, &model.config);
    (workspace.bytes(), Workspace::predict(&size, &model.shape(), Some(&adapter.config), keep, threads))
}

proptest! {
    #![proptest_config(property_config(48))]
    #[test]
    fn a_workspace_takes_what_was_said(
        trunk in prop::collection::vec(0u32..37, 0..60),
        branches in prop::collection::vec(prop::collection::vec(0u32..37, 1..30), 1..6),
        family in 0..Family::ALL.len(),
        some_targets in any::<bool>(),
        frozen in any::<bool>(),
        layers in 1usize..5,
        threads in 1usize..3,
    ) {
        let model = families::of(Family::ALL[family]);
        let mut config = model.config.clone();
        config.attention = (0..layers).map(|layer| config.attention[layer % 2]).collect();
        let parts = RandomParts { post_norms: model.shape().post_norms, untied: layers == 3, ..RandomParts::default() };
        let mut rng = crate::rng::stream(9, crate::rng::Purpose::ModelInit, crate::rng::StreamKey::default());
        let model = BaseModel::random(config, parts, &mut rng);
        let prompts: Vec<Vec<u32>> = branches.iter().map(|branch| [&trunk[..], branch].concat()).collect();
        let tree = PromptTree::new(&prompts, &[vec![11, 12], vec![11, 13, 4], vec![20]]);
        let first = if frozen { tree.prefix_len / 2 } else { 0 };
        let targets = if some_targets { &[Projection::VProj, Projection::UpProj][..] } else { &Projection::ALL };
        for keep in [Keep::Nothing, Keep::Residuals, Keep::Everything] {
            let (found, said) = measure(&model, &tree, first, targets, keep, threads);
            prop_assert!(said >= found, "{keep:?}: takes {found}, was said to take {said}");
            prop_assert!(said as f64 <= 1.15 * found as f64, "{keep:?}: takes {found}, was said to take {said}");
        }
    }

    #[test]
    fn sizes_for_two_trees_are_enough_for_both(
        one in prop::collection::vec(prop::collection::vec(0u32..9, 1..40), 1..5),
        other in prop::collection::vec(prop::collection::vec(0u32..9, 1..40), 1..5),
    ) {
        let model = families::of(Family::Gemma2);
        let engine = CpuEngine::new(Arc::new(model.clone()));
        let adapter = adapter(&model, &Projection::ALL);
        let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
        let trees = [one, other].map(|prompts| PromptTree::new(&prompts, &[vec![11, 12], vec![20]]));
        let mut workspace = Workspace::new();
        for tree in &trees {
            engine.forward(tree, &agent, Keep::Everything, 1, &mut workspace);
            let mut gradient = Gradient::zeros(&agent);
            let slopes = Slopes { log_probs: vec![0.1; tree.cells()], values: Vec::new() };
            engine.backward(tree, &agent, &slopes, 1, &mut workspace, &mut gradient);
        }
        let [a, b] = [0, 1].map(|i| PassSize::of(&trees[i], 0, &model.config));
        let said = Workspace::predict(&a.or(&b), &model.shape(), Some(&adapter.config), Keep::Everything, 1);
        prop_assert!(said >= workspace.bytes());
    }
}

#[test]
fn a_grown_tree_takes_no_more_than_was_said() {
    let model = families::of(Family::Llama);
    let prompts = [vec![1, 2, 3, 4, 5], vec![1, 2, 6]];
    let before = PromptTree::with_completions(&prompts, &[Vec::new(), Vec::new()]);
    let completions = [vec![vec![7; 9], vec![8, 7, 7]], vec![vec![9, 1, 2, 3]]];
    let after = PromptTree::with_completions(&prompts, &completions);
    let said = PassSize::of(&before, 0, &model.config).grown(9 + 3 + 4, 9 + 3 + 4);
    let found = PassSize::of(&after, 0, &model.config);
    assert!(said.rows >= found.rows && said.reads >= found.reads && said.block >= found.block, "{said:?} {found:?}");
    assert!(said.masks >= found.masks, "{said:?} {found:?}");
}

#[test]
fn an_outline_knows_the_weights_and_the_adapters() {
    let numbers = |weight: &crate::llm::weight::Weight| weight.outputs() * weight.inputs();
    for (_, model) in families::all() {
        let shape = model.shape();
        let norms = |layer: &crate::llm::decoder::LayerWeights| {
            let (q, k) = (layer.q_norm.as_ref().map_or(0, Vec::len), layer.k_norm.as_ref().map_or(0, Vec::len));
            q + k + layer.qkv_bias.iter().flatten().map(Vec::len).sum::<usize>()
        };
        let matrices = |layer: &crate::llm::decoder::LayerWeights| {
            let norms = [&layer.attention_norm, &layer.mlp_norm].into_iter();
            let norms = norms.chain(&layer.attention_post_norm).chain(&layer.mlp_post_norm);
            norms.map(Vec::len).sum::<usize>() + layer.projections.iter().map(numbers).sum::<usize>()
        };
        let ends = numbers(&model.embedding) + model.final_norm.len() + model.lm_head.as_ref().map_or(0, numbers);
        let all: usize = model.layers.iter().map(matrices).sum::<usize>() + ends;
        assert_eq!(shape.weight_bytes(), 4 * all as u64);
        // Head norms and biases are left out, and are next to nothing.
        assert!(model.layers.iter().map(norms).sum::<usize>() * 20 < all);
        let adapter = adapter(&model, &[Projection::QProj, Projection::DownProj]);
        assert_eq!(shape.adapter_params(&adapter.config), adapter.params.len() as u64);
    }
    let shape = RandomShape { untied: true, ..small(Family::Gemma2) };
    let model = shape.load(Default::default()).unwrap();
    assert_eq!(outline_random(&shape, Default::default()).unwrap().shape, model.base.shape());
}
