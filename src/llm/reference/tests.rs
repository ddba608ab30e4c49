//! The engine against candle-transformers, and candle-transformers against Python where both compute a fixture.
#![expect(clippy::print_stdout, reason = "names the case if a comparison fails")]

use super::{Reference, ReferenceError, families};
use crate::llm::decoder::Projection;
use crate::llm::decoder::{BaseModel, RopeScaling};
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::cpu::kernels::tests::numbers;
use crate::llm::engine::{Agent, Keep};
use crate::llm::family::Family;
use crate::llm::files::gguf;
use crate::llm::files::gguf::tests::{metadata, tensors, write};
use crate::llm::files::random::{RandomShape, small};
use crate::llm::files::safetensors::load_weights;
use crate::llm::files::tiny;
use crate::llm::lora::{Adapter, LoraConfig};
use crate::llm::tree::PromptTree;
use crate::testing::assert_close;
use candle_core::quantized::gguf_file::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most that two f32 engines may differ by in a log-probability of these small models.
const TOLERANCE: f64 = 3e-5;
const CONTEXT: usize = 64;

fn folder(family: Family) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/families").join(family.name())
}

/// The fixture of `family` without what candle-transformers lacks: with wide windows, and no linear scaling.
fn fixture(family: Family) -> BaseModel {
    let mut base = load_weights(&folder(family)).unwrap().0;
    for layer in &mut base.config.attention {
        layer.window = layer.window.map(|_| CONTEXT);
        if let RopeScaling::Linear { .. } = layer.rope_scaling {
            layer.rope_scaling = RopeScaling::None;
        }
    }
    base
}

fn prompts() -> Vec<Vec<u32>> {
    vec![(1..40).collect(), vec![5, 90, 90, 7, 3, 3, 100, 64, 8, 2, 31], vec![77]]
}

fn labels() -> Vec<Vec<u32>> {
    vec![vec![11, 12], vec![11, 13, 4], vec![20]]
}

fn adapter(base: &BaseModel) -> Adapter {
    let config = LoraConfig { rank: 3, alpha: 5.0, rslora: true, targets: Projection::ALL.to_vec() };
    let mut adapter = Adapter::zeros(&config, &base.config);
    adapter.params = numbers(21, adapter.params.len()).iter().map(|x| 0.15 * x).collect();
    adapter
}

/// Log-probabilities of [`labels`] after [`prompts`] by our engine.
fn ours(base: &BaseModel, adapter: Option<&Adapter>) -> Vec<f32> {
    let engine = CpuEngine::new(Arc::new(base.clone()));
    let (tree, agent) = (PromptTree::new(&prompts(), &labels()), Agent { adapter, ..Agent::default() });
    engine.forward(&tree, &agent, Keep::Nothing, 1, &mut Workspace::new()).label_log_probs
}

/// The same by the reference.
fn theirs(mut reference: Reference) -> Vec<f64> {
    prompts().iter().flat_map(|prompt| reference.score(prompt, &labels()).unwrap().label_log_probs).collect()
}

#[test]
fn every_family_scores_as_in_candle_transformers() {
    for family in Family::ALL {
        println!("{family:?}");
        let base = fixture(family);
        assert_close(&ours(&base, None), &theirs(Reference::of(&base, family, None, CONTEXT).unwrap()), TOLERANCE);
        let read = Reference::from_folder(&folder(family), &base, family, None, CONTEXT).unwrap();
        assert_close(&ours(&base, None), &theirs(read), TOLERANCE);
    }
}

#[test]
fn adapters_merged_into_the_weights_score_as_adapters_beside_them() {
    for family in Family::ALL {
        println!("{family:?}");
        let base = fixture(family);
        let adapter = adapter(&base);
        let (plain, adapted) = (ours(&base, None), ours(&base, Some(&adapter)));
        assert!((plain[0] - adapted[0]).abs() > 0.05, "the adapter moves {} to {}", plain[0], adapted[0]);
        let merged = [
            Reference::of(&base, family, Some(&adapter), CONTEXT).unwrap(),
            Reference::from_folder(&folder(family), &base, family, Some(&adapter), CONTEXT).unwrap(),
        ];
        for reference in merged {
            assert_close(&adapted, &theirs(reference), TOLERANCE);
        }
    }
}

#[test]
fn built_in_and_random_models_score_as_in_candle_transformers() {
    let tiny = tiny::load(Default::default()).unwrap().base;
    assert_close(&ours(&tiny, None), &theirs(Reference::of(&tiny, Family::Llama, None, CONTEXT).unwrap()), TOLERANCE);
    for family in Family::ALL {
        println!("{family:?}");
        let shape = RandomShape { layers: 7, ..small(family) };
        let base = shape.load(Default::default()).unwrap().base;
        assert_close(&ours(&base, None), &theirs(Reference::of(&base, family, None, CONTEXT).unwrap()), TOLERANCE);
    }
}

/// candle-transformers itself, on the fixtures' own terms, as far as it computes them.
#[test]
fn the_reference_gives_the_logits_of_python() {
    let mut refused = Vec::new();
    for family in Family::ALL {
        println!("{family:?}");
        let text = std::fs::read_to_string(folder(family).join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let tokens: Vec<u32> = serde_json::from_value(expected["tokens"].clone()).unwrap();
        let logits: Vec<Vec<f64>> = serde_json::from_value(expected["logits"].clone()).unwrap();
        let base = load_weights(&folder(family)).unwrap().0;
        let narrowest = base.config.attention.iter().filter_map(|layer| layer.window).min();
        let longest = narrowest.unwrap_or(tokens.len());
        let mut reference = match Reference::from_folder(&folder(family), &base, family, None, longest) {
            Ok(reference) => reference,
            Err(error) => {
                refused.push((family, error.to_string()));
                continue;
            }
        };
        for length in 1..=longest {
            assert_close(&reference.logits(&tokens[..length]).unwrap(), &logits[length - 1], 1e-4);
        }
    }
    assert!(
        matches!(&refused[..], [(Family::Gemma3, lacks)] if lacks.contains("no linear rope scaling")),
        "{refused:?}"
    );
}

#[test]
fn quantised_models_read_gguf_files_as_we_do() {
    let read =
        Family::ALL.into_iter().filter(|family| families::model(*family).is_ok_and(|model| model.quantised.is_ok()));
    assert_eq!(read.clone().count(), 3);
    for family in read {
        println!("{family:?}");
        let mut base = fixture(family);
        for layer in &mut base.config.attention {
            (layer.rope_scaling, layer.window) = (RopeScaling::None, None);
        }
        let mut metadata = metadata(&base, family);
        // What our reader can do without.
        let own = |name: &str| format!("{}.{name}", family.name());
        metadata.push((own("rope.dimension_count"), Value::U32(base.config.head_dim as u32)));
        metadata.push((own("context_length"), Value::U32(CONTEXT as u32)));
        // Without it, candle rotates heads by angles in f16.
        metadata.push(("general.dtype".into(), Value::U32(0)));
        let (_dir, path) = write(&metadata, &tensors(&base, family));
        let read = gguf::load_weights(&path).unwrap().0;
        let reference = Reference::from_gguf(&path, &read.config, family, CONTEXT).unwrap();
        assert_close(&ours(&read, None), &theirs(reference), TOLERANCE);
    }
}

fn refusal(result: Result<Reference, ReferenceError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, ReferenceError::Lacks { .. }), "{error}");
    error.to_string()
}

#[test]
fn what_candle_transformers_lacks_is_refused_by_name() {
    let of = |base: &BaseModel, family| refusal(Reference::of(base, family, None, CONTEXT));
    let windowed = load_weights(&folder(Family::Qwen2)).unwrap().0;
    assert!(of(&windowed, Family::Qwen2).contains("64 tokens in a window of 5"));
    let mut linear = fixture(Family::Gemma3);
    linear.config.attention[2].rope_scaling = RopeScaling::Linear { factor: 4.0 };
    assert!(of(&linear, Family::Gemma3).contains("no linear rope scaling in its gemma3"));
    let mut irregular = fixture(Family::Gemma3);
    irregular.config.attention[3].window = None;
    assert!(of(&irregular, Family::Gemma3).contains("global layers at a fixed interval"));
    let mut untied = fixture(Family::Gemma2);
    untied.lm_head = Some(untied.embedding.clone());
    assert!(of(&untied, Family::Gemma2).contains("no output matrix of its own in its gemma2"));
    let mut two_rotations = fixture(Family::Qwen3);
    two_rotations.config.attention[1].rope_theta = 7.0;
    assert!(of(&two_rotations, Family::Qwen3).contains("one rotary embedding for all layers in its qwen3"));
    let mut wide = fixture(Family::Llama);
    wide.config.head_dim = 10;
    assert!(of(&wide, Family::Llama).contains("as wide together as the 32 of the llama model, and they are 40"));
    let mut scaled = fixture(Family::Qwen3);
    scaled.config.embedding_scale = 2.0;
    assert!(of(&scaled, Family::Qwen3).contains("scales embeddings of qwen3 by 1, and the model by 2"));
    let mut capped = fixture(Family::Qwen2);
    capped.config.logit_softcap = Some(30.0);
    assert!(of(&capped, Family::Qwen2).contains("no soft caps in its qwen2"));

    let base = fixture(Family::Llama);
    let activated = Adapter { invocation: vec![3], ..adapter(&base) };
    let error = refusal(Reference::of(&base, Family::Llama, Some(&activated), CONTEXT));
    assert!(error.contains("activated") && error.contains("--engine agora"), "{error}");
    let quantised = |family| {
        let config = fixture(family).config;
        refusal(Reference::from_gguf(Path::new("no such file"), &config, family, CONTEXT))
    };
    assert!(quantised(Family::Gemma2).contains("no quantised Gemma 2"));
    assert!(quantised(Family::Gemma3).contains("SiLU in its quantised Gemma 3"));
    assert!(quantised(Family::Llama).contains("no rope scaling in its quantised models"));
}

#[test]
fn texts_beyond_the_context_and_files_that_are_not_there_are_refused() {
    let base = fixture(Family::Qwen3);
    let mut reference = Reference::of(&base, Family::Qwen3, None, 3).unwrap();
    let error = reference.score(&[1, 2, 3], &[vec![4, 5]]).unwrap_err().to_string();
    assert!(error.contains("4 tokens, expected 1 to 3"), "{error}");
    let missing = Reference::from_gguf(Path::new("no such file"), &base.config, Family::Qwen3, 3);
    assert!(missing.unwrap_err().to_string().contains("no such file"));
}
