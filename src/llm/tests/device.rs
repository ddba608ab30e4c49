//! The device engine, here on candle's CPU device, against the CPU engine.

use super::families;
use crate::llm::decoder::BaseModel;
use crate::llm::decoder::Projection;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::cpu::kernels::tests::numbers;
use crate::llm::engine::device::DeviceEngine;
use crate::llm::engine::precision::Precision;
use crate::llm::engine::{Agent, FrozenPrefix, Gradient, Keep, TreeScores, ValueHead};
use crate::llm::engine::{Job, Slopes};
use crate::llm::family::Family;
use crate::llm::lora::{Adapter, LoraConfig};
use crate::llm::tree::PromptTree;
use std::sync::Arc;

/// Largest difference, relative to the root mean square of the expected numbers.
fn error(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().all(|x| x.is_finite()), "a number is not finite");
    let square = |x: &f32| f64::from(*x) * f64::from(*x);
    let rms = (expected.iter().map(square).sum::<f64>() / expected.len() as f64).sqrt();
    let largest = found.iter().zip(expected).map(|(f, e)| f64::from((f - e).abs())).fold(0.0, f64::max);
    if rms == 0.0 { largest } else { largest / rms }
}

/// What an agent owns.
struct Owner {
    tree: PromptTree,
    adapter: Option<Adapter>,
    value_head: Option<ValueHead>,
}

impl Owner {
    fn job<'a>(&'a self, prefix: Option<&'a FrozenPrefix>) -> Job<'a> {
        Job {
            tree: &self.tree,
            agent: Agent { adapter: self.adapter.as_ref(), value_head: self.value_head.as_ref(), prefix },
        }
    }

    fn slopes(&self, seed: u64) -> Slopes {
        let values = if self.value_head.is_some() { numbers(seed + 1, self.tree.prompts()) } else { Vec::new() };
        Slopes { log_probs: numbers(seed, self.tree.prompts() * self.tree.labels), values }
    }
}

/// Trees of different sizes and shapes that share their first four tokens.
fn trees() -> Vec<PromptTree> {
    let labels = vec![vec![11, 12], vec![11, 13, 4], vec![20]];
    let long = vec![vec![1, 2, 3, 4, 5, 6, 7, 8], vec![1, 2, 3, 4, 9, 6, 1, 2, 3], vec![1, 2, 3, 4, 0]];
    let short = vec![vec![1, 2, 3, 4, 7]];
    let wide: Vec<Vec<u32>> = (0..7).map(|i| vec![1, 2, 3, 4, 20 + i, i, 2 * i]).collect();
    vec![
        PromptTree::new(&long, &labels),
        PromptTree::new(&short, &labels[..2]),
        PromptTree::new(&wide, &[vec![30], vec![31]]),
    ]
}

fn adapter(model: &BaseModel, config: &LoraConfig, seed: u64) -> Adapter {
    let mut adapter = Adapter::zeros(config, &model.config);
    adapter.params = numbers(seed, adapter.params.len()).iter().map(|x| 0.15 * x).collect();
    adapter
}

fn lora(rank: usize, targets: &[Projection]) -> LoraConfig {
    LoraConfig { rank, alpha: 5.0, rslora: true, targets: targets.to_vec() }
}

/// Three agents with full adapters, one with fewer targets, one of another rank and one without any.
fn owners(model: &BaseModel) -> Vec<Owner> {
    let mut owners = Vec::new();
    for (i, tree) in trees().into_iter().enumerate() {
        let seed = 100 + i as u64;
        let value_head = (i != 1).then(|| ValueHead { weight: numbers(seed + 50, model.config.hidden), bias: 0.3 });
        owners.push(Owner { tree, adapter: Some(adapter(model, &lora(3, &Projection::ALL), seed)), value_head });
    }
    let few = adapter(model, &lora(3, &[Projection::VProj, Projection::DownProj]), 120);
    let ranked = adapter(model, &lora(1, &Projection::ALL), 121);
    let head = ValueHead { weight: numbers(122, model.config.hidden), bias: -0.1 };
    for (adapter, value_head) in [(Some(few), None), (Some(ranked), Some(head.clone())), (None, Some(head))] {
        owners.push(Owner { tree: trees().remove(0), adapter, value_head });
    }
    owners
}

/// Scores and gradient of one job on the CPU engine.
fn on_cpu(engine: &CpuEngine, job: &Job, slopes: &Slopes) -> (TreeScores, Gradient) {
    let (mut workspace, mut gradient) = (Workspace::new(), Gradient::zeros(&job.agent));
    let scores = engine.forward(job.tree, &job.agent, Keep::Everything, 1, &mut workspace);
    engine.backward(job.tree, &job.agent, slopes, 1, &mut workspace, &mut gradient);
    (scores, gradient)
}

fn device_engine(model: &BaseModel, precision: Precision, budget: Option<u64>) -> DeviceEngine {
    let device = DeviceEngine::device_under_test();
    DeviceEngine::new(Arc::new(model.clone()), device, precision, budget).unwrap()
}

/// Scores and gradients of all jobs on the device.
fn on_device(engine: &DeviceEngine, jobs: &[Job], slopes: &[Slopes], keep: Keep) -> Vec<(TreeScores, Gradient)> {
    let (scores, kept) = engine.forward(jobs, keep).unwrap();
    scores.into_iter().zip(engine.backward(jobs, kept, slopes).unwrap()).collect()
}

fn assert_agree(name: &str, found: &(TreeScores, Gradient), expected: &(TreeScores, Gradient), tolerance: f64) {
    let pairs = [
        ("log-probabilities", &found.0.label_log_probs, &expected.0.label_log_probs),
        ("values", &found.0.values, &expected.0.values),
        ("hidden states", &found.0.hidden, &expected.0.hidden),
        ("value weights", &found.1.value_weight, &expected.1.value_weight),
    ];
    for (what, found, expected) in pairs {
        let error = if expected.is_empty() { f64::from(found.len() as u32) } else { error(found, expected) };
        assert!(error < tolerance, "{name}: {what} are off by {error}");
    }
    assert!((found.1.value_bias - expected.1.value_bias).abs() < 1e-4, "{name}: value bias");
}

/// Like [`assert_agree`], and also every adapter matrix by itself: an error in a small one must not drown in a large
/// one.
fn assert_all_agree(
    name: &str,
    jobs: &[Job],
    found: &[(TreeScores, Gradient)],
    expected: &[(TreeScores, Gradient)],
    tolerance: f64,
) {
    assert_eq!((found.len(), expected.len()), (jobs.len(), jobs.len()), "{name}: agents");
    for (i, ((job, found), expected)) in jobs.iter().zip(found).zip(expected).enumerate() {
        assert_agree(&format!("{name}, agent {i}"), found, expected, tolerance);
        for slot in job.agent.adapter.iter().flat_map(|adapter| &adapter.slots) {
            for range in [&slot.a, &slot.b] {
                let (found, expected) = (&found.1.adapter[range.clone()], &expected.1.adapter[range.clone()]);
                assert!(expected.iter().any(|x| *x != 0.0), "the expected gradient is zero, which says nothing");
                let error = error(found, expected);
                assert!(error < tolerance, "{name}, agent {i}: {:?} of {} off by {error}", slot.projection, slot.layer);
            }
        }
    }
}

#[test]
fn scores_and_gradients_are_those_of_the_cpu_engine_for_every_family() {
    for (name, model) in families::all() {
        let (cpu, device) = (CpuEngine::new(Arc::new(model.clone())), device_engine(&model, Precision::F32, None));
        let owners = owners(&model);
        for prefix in [0, 1, 4] {
            let prefix = (prefix > 0).then(|| cpu.freeze_prefix(&[1, 2, 3, 4][..prefix], 1));
            let jobs: Vec<Job> = owners.iter().map(|owner| owner.job(prefix.as_ref())).collect();
            let slopes: Vec<Slopes> = owners.iter().enumerate().map(|(i, owner)| owner.slopes(i as u64)).collect();
            let expected: Vec<_> = jobs.iter().zip(&slopes).map(|(job, slopes)| on_cpu(&cpu, job, slopes)).collect();
            let found = on_device(&device, &jobs, &slopes, Keep::Everything);
            assert_all_agree(name, &jobs, &found, &expected, 1e-4);
        }
    }
}

#[test]
fn agents_in_one_batch_get_what_they_get_alone() {
    for (name, model) in families::all() {
        let device = device_engine(&model, Precision::F32, None);
        let owners = owners(&model);
        let jobs: Vec<Job> = owners.iter().map(|owner| owner.job(None)).collect();
        let slopes: Vec<Slopes> = owners.iter().enumerate().map(|(i, owner)| owner.slopes(i as u64)).collect();
        let together = on_device(&device, &jobs, &slopes, Keep::Everything);
        let one = |i: usize| on_device(&device, &jobs[i..=i], &slopes[i..=i], Keep::Everything).remove(0);
        let alone: Vec<_> = (0..jobs.len()).map(one).collect();
        assert_all_agree(name, &jobs, &together, &alone, 1e-4);
    }
}

#[test]
fn a_small_budget_and_recomputing_change_nothing_but_rounding() {
    let (name, model) = ("gemma3", families::of(Family::Gemma3));
    let owners = owners(&model);
    let jobs: Vec<Job> = owners.iter().map(|owner| owner.job(None)).collect();
    let slopes: Vec<Slopes> = owners.iter().enumerate().map(|(i, owner)| owner.slopes(i as u64)).collect();
    let expected = on_device(&device_engine(&model, Precision::F32, None), &jobs, &slopes, Keep::Everything);
    for (budget, keep) in [(None, Keep::Residuals), (Some(1), Keep::Everything), (Some(400_000), Keep::Everything)] {
        let device = device_engine(&model, Precision::F32, budget);
        assert_all_agree(name, &jobs, &on_device(&device, &jobs, &slopes, keep), &expected, 1e-4);
        let (scores, _) = device.forward(&jobs, Keep::Nothing).unwrap();
        assert_eq!(scores.len(), expected.len());
        for (found, expected) in scores.iter().zip(&expected) {
            assert!(error(&found.label_log_probs, &expected.0.label_log_probs) < 1e-4);
        }
    }
}

#[test]
fn adapters_on_one_projection_are_enough() {
    let (name, model) = ("gemma2", families::of(Family::Gemma2));
    let (cpu, device) = (CpuEngine::new(Arc::new(model.clone())), device_engine(&model, Precision::F32, None));
    for projection in Projection::ALL {
        let adapter = Some(adapter(&model, &lora(2, &[projection]), 9));
        let owner = Owner { tree: trees().remove(0), adapter, value_head: None };
        let (jobs, slopes) = ([owner.job(None)], [owner.slopes(4)]);
        let expected = [on_cpu(&cpu, &jobs[0], &slopes[0])];
        let found = on_device(&device, &jobs, &slopes, Keep::Everything);
        assert_all_agree(name, &jobs, &found, &expected, 1e-4);
    }
}

/// How many layers have keys, and how many have values.
fn model_layers(prefix: &FrozenPrefix) -> [usize; 2] {
    [prefix.keys.len(), prefix.values.len()]
}

#[test]
fn a_prefix_frozen_on_the_device_is_that_of_the_cpu() {
    for (name, model) in families::all() {
        let device = device_engine(&model, Precision::F32, None);
        let cpu = CpuEngine::new(Arc::new(model));
        for tokens in [&[1, 2, 3, 4, 5, 6, 7][..], &[8]] {
            let (found, expected) = (device.freeze_prefix(tokens).unwrap(), cpu.freeze_prefix(tokens, 1));
            assert_eq!(found.tokens, expected.tokens);
            let of_layers = model_layers(&expected);
            assert_eq!((model_layers(&found), of_layers), (of_layers, [cpu.model().config.layers(); 2]));
            let layers = found.keys.iter().zip(&expected.keys).chain(found.values.iter().zip(&expected.values));
            for (found, expected) in layers {
                assert!(error(found, expected) < 1e-4, "{name}");
            }
        }
        assert_eq!(device.freeze_prefix(&[]).unwrap(), cpu.freeze_prefix(&[], 1));
    }
}

#[test]
fn half_precision_weights_are_close_and_train_in_the_same_direction() {
    for (name, model) in families::all() {
        let (cpu, device) = (CpuEngine::new(Arc::new(model.clone())), device_engine(&model, Precision::Bf16, None));
        let owners = owners(&model);
        let jobs: Vec<Job> = owners.iter().map(|owner| owner.job(None)).collect();
        let slopes: Vec<Slopes> = owners.iter().enumerate().map(|(i, owner)| owner.slopes(i as u64)).collect();
        let found = on_device(&device, &jobs, &slopes, Keep::Everything);
        assert_eq!(found.len(), jobs.len());
        for (i, ((job, slopes), found)) in jobs.iter().zip(&slopes).zip(&found).enumerate() {
            let expected = on_cpu(&cpu, job, slopes);
            let off = error(&found.0.label_log_probs, &expected.0.label_log_probs);
            assert!(off < 0.05, "{name}, agent {i}: log-probabilities are off by {off}");
            if job.agent.adapter.is_none() {
                continue;
            }
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
            let (f, e) = (&found.1.adapter, &expected.1.adapter);
            assert_eq!(f.len(), e.len());
            let cosine = dot(f, e) / (dot(f, f) * dot(e, e)).sqrt();
            assert!(cosine > 0.99, "{name}, agent {i}: the gradients' cosine is {cosine}");
        }
    }
}

#[test]
#[should_panic(expected = "backward needs the jobs of the forward before it")]
fn a_backward_over_other_jobs_is_refused() {
    let model = families::of(Family::Llama);
    let device = device_engine(&model, Precision::F32, None);
    let owners = owners(&model);
    let jobs: Vec<Job> = owners.iter().map(|owner| owner.job(None)).collect();
    let (_, kept) = device.forward(&jobs, Keep::Everything).unwrap();
    let _ = device.backward(&jobs[..1], kept, &[owners[0].slopes(1)]);
}

#[test]
#[should_panic(expected = "token 37 is not in the vocabulary")]
fn a_token_beyond_the_vocabulary_is_refused_before_it_reaches_the_device() {
    let model = families::of(Family::Llama);
    let tree = PromptTree::new(&[vec![1, 37]], &[vec![2]]);
    let job = Job { tree: &tree, agent: Agent::default() };
    let _ = device_engine(&model, Precision::F32, None).forward(&[job], Keep::Nothing);
}
