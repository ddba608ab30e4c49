//! Every architecture against the logits of the public Python implementation, every kind of quantised file against the
//! engine or those logits, labels against whole texts, and what is refused.
#![expect(clippy::print_stdout, reason = "names the architecture if a comparison fails")]

use super::architectures::ARCHITECTURES;
use super::decoder::Decoder;
use super::tensors::Tensors;
use super::{FrozenOutline, config, quantised, score};
use crate::llm::decoder::RopeScaling;
use crate::llm::engine::cpu::{CpuEngine, Workspace};
use crate::llm::engine::{Agent, Keep};
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::files::fetch::ModelFiles;
use crate::llm::files::gguf::tests as gguf;
use crate::llm::files::gguf::{GgufFile, first_line};
use crate::llm::files::safetensors::{TensorFiles, load_weights};
use crate::llm::tree::PromptTree;
use crate::testing::assert_close;
use candle_core::quantized::gguf_file::Value;
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The fixtures' logits are rounded to five digits.
const TOLERANCE: f64 = 2e-5;
/// Longer than every text of these tests.
const LONGEST: usize = 64;

#[derive(Deserialize)]
struct Expected {
    tokens: Vec<u32>,
    /// After how many tokens logits were kept.
    read: Vec<usize>,
    /// (read, vocab).
    logits: Vec<Vec<f64>>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/frozen").join(name)
}

fn expected(name: &str) -> Expected {
    let text = std::fs::read_to_string(folder(name).join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The model in `folder`, or why there is none.
fn load(folder: &Path) -> Result<Box<dyn Decoder>, ModelError> {
    let path = folder.join("config.json");
    let (settings, architecture) = config::parse(&std::fs::read_to_string(&path).unwrap(), &path)?;
    let settings = settings.fitted(LONGEST);
    let tensors = Tensors::new(TensorFiles::open(folder)?, settings.clone(), architecture);
    let loaded = (architecture.load)(&settings, tensors.builder(DType::F32, &Device::Cpu));
    tensors.finish_after(loaded.is_ok())?;
    loaded.map_err(|error| ModelError::damaged(&path, first_line(&error)))
}

/// The largest difference from Python of a model that reads the prompt whole, then two tokens one by one.
fn difference(decoder: &dyn Decoder, expected: &Expected) -> f64 {
    let (mut decoder, mut at, mut worst) = (decoder.fork(), 0, 0f64);
    let Expected { tokens, read, logits } = expected;
    for (&upto, logits) in read.iter().zip(logits) {
        let found = decoder.read(&tokens[at..upto], at).unwrap();
        assert_eq!(found.len(), logits.len());
        at = upto;
        worst = found.iter().zip(logits).map(|(a, b)| (f64::from(*a) - b).abs()).fold(worst, f64::max);
    }
    worst
}

#[test]
fn every_architecture_gives_the_logits_of_python_step_by_step() {
    for architecture in ARCHITECTURES {
        println!("{}", architecture.name);
        let decoder = load(&folder(architecture.name)).unwrap();
        let worst = difference(decoder.as_ref(), &expected(architecture.name));
        assert!(worst < TOLERANCE, "{} differs by {worst}", architecture.name);
    }
}

/// `config.json` as transformers 5 writes it: all that is about rotary embeddings in one place, for gemma3 by type of
/// layer.
fn as_newer_files(text: String) -> String {
    let mut config: Map<String, Json> = serde_json::from_str(&text).unwrap();
    let mut rope = match config.insert("rope_scaling".into(), Json::Null) {
        Some(Json::Object(scaling)) => scaling,
        _ => Map::new(),
    };
    rope.entry("rope_type").or_insert("default".into());
    for key in ["rope_theta", "partial_rotary_factor"] {
        rope.extend(config.remove(key).map(|value| (key.to_owned(), value)));
    }
    let rope = match config.remove("rope_local_base_freq") {
        Some(local) => json!({"full_attention": rope, "sliding_attention": {"rope_theta": local}}),
        None => Json::Object(rope),
    };
    config.insert("rope_parameters".into(), rope);
    serde_json::to_string(&config).unwrap()
}

#[test]
fn newer_files_give_the_logits_of_python_too() {
    for architecture in ARCHITECTURES {
        println!("{}", architecture.name);
        let dir = changed(architecture.name, as_newer_files);
        let worst = difference(load(dir.path()).unwrap().as_ref(), &expected(architecture.name));
        assert!(worst < TOLERANCE, "{} differs by {worst}", architecture.name);
    }
}

/// Phi's class turns half of a head where a file is silent, as its fixture does; here all of it is turned.
#[test]
fn a_factor_in_a_newer_file_counts_where_it_is_not_that_of_the_class() {
    let whole = |text: String| text.replace("\"partial_rotary_factor\": 0.5", "\"partial_rotary_factor\": 1.0");
    let score = |change: &dyn Fn(String) -> String| {
        let dir = changed("phi", change);
        score::score(load(dir.path()).unwrap(), &prompts(), &labels()).unwrap()
    };
    let (half, top) = (score(&|text| text), score(&whole));
    assert!(half.iter().zip(&top).any(|(a, b)| (a - b).abs() > 1e-3), "the factor matters");
    assert_eq!(score(&|text| as_newer_files(whole(text))), top);
    // Where both places name one, the newer place counts.
    let both = |text: String| as_newer_files(whole(text)).replacen('{', "{\"partial_rotary_factor\": 0.5,", 1);
    assert_eq!(score(&both), top);
}

#[test]
fn rotary_embeddings_that_have_no_place_are_refused() {
    let newer = |name: &str, rope: Json| {
        let change = |text: String| {
            let mut config: Map<String, Json> = serde_json::from_str(&text).unwrap();
            config.remove("rope_scaling");
            config.insert("rope_parameters".into(), rope.clone());
            serde_json::to_string(&config).unwrap()
        };
        let dir = changed(name, change);
        load(dir.path()).err().map(|error| error.to_string())
    };
    let local = |rope: Json| json!({"full_attention": {"rope_theta": 1e4}, "sliding_attention": rope});
    for (name, rope, reason) in [
        ("gemma3_text", local(json!({"rope_type": "linear", "factor": 8.0})), "scaling linear in layers with sliding"),
        ("gemma3_text", local(json!({"partial_rotary_factor": 0.5})), "one partial_rotary_factor for all layers"),
        ("gemma3_text", local(json!(7)), "rope_parameters.sliding_attention is 7, expected an object"),
        ("mistral", local(json!({"rope_theta": 100.0})), "one rope_theta for all layers"),
        ("olmo", json!({"rope_theta": 1e4, "factor": 8.0}), "rope_scaling in config.json names no rope_type"),
        ("olmo", json!({"rope_theta": 1e4, "rope_type": 3}), "rope_scaling in config.json names no rope_type"),
        ("olmo", json!({"rope_theta": 1e4, "rope_type": "yarn"}), "no rope scaling yarn in its olmo"),
    ] {
        let error = newer(name, rope.clone()).unwrap_or_else(|| panic!("{name} with {rope} is refused"));
        assert!(error.contains(reason), "{rope}: {error}");
    }
    assert_eq!(newer("olmo", json!({"rope_theta": 1e4})), None, "no type and no factor: none at all");
    assert_eq!(newer("mistral", local(json!({"rope_theta": 1e4}))), None, "all layers alike");
}

fn prompts() -> Vec<Vec<u32>> {
    vec![(1..30).collect(), vec![5, 90, 90, 7, 3, 3, 100, 64, 8, 2, 31]]
}

fn labels() -> Vec<Vec<u32>> {
    vec![vec![11, 12, 9], vec![11, 13, 4], vec![11, 13, 5], vec![20]]
}

/// Caches of three kinds, one model without any: every beginning of a label as a text of its own.
#[test]
fn labels_that_go_on_from_one_reading_score_as_whole_texts() {
    for name in ["llama", "glm4", "gemma3_text", "qwen3", "lfm2", "stablelm"] {
        println!("{name}");
        let decoder = load(&folder(name)).unwrap();
        let mut plain = Vec::new();
        for prompt in prompts() {
            for label in labels() {
                let mut sum = 0.0;
                for (i, &token) in label.iter().enumerate() {
                    let logits = decoder.fork().read(&[&prompt[..], &label[..i]].concat(), 0).unwrap();
                    let norm: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
                    sum += f64::from(logits[token as usize]) - norm.ln();
                }
                plain.push(sum);
            }
        }
        // Twice: what was read of one prompt is not in the way of the next.
        for _ in 0..2 {
            assert_close(&score::score(decoder.fork(), &prompts(), &labels()).unwrap(), &plain, 1e-5);
        }
    }
}

/// The model in a GGUF file.
fn open(path: &Path) -> Result<Box<dyn Decoder>, ModelError> {
    let file = GgufFile::open(path)?;
    let (format, _) = quantised::outline(&file)?;
    quantised::open(file, format, LONGEST, &Device::Cpu)
}

#[test]
fn quantised_files_with_floats_in_them_score_as_the_engine() {
    for family in [Family::Llama, Family::Qwen2, Family::Qwen3] {
        println!("{family:?}");
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/families");
        let mut base = load_weights(&fixtures.join(family.name())).unwrap().0;
        for layer in &mut base.config.attention {
            (layer.window, layer.rope_scaling) = (None, RopeScaling::None);
        }
        let mut metadata = gguf::metadata(&base, family);
        metadata.push((format!("{}.rope.dimension_count", family.name()), Value::U32(base.config.head_dim as u32)));
        metadata.push((format!("{}.context_length", family.name()), Value::U32(1 << 30)));
        let (_dir, path) = gguf::write(&metadata, &gguf::tensors(&base, family));
        let found = score::score(open(&path).unwrap(), &prompts(), &labels()).unwrap();
        let tree = PromptTree::new(&prompts(), &labels());
        let engine = CpuEngine::new(Arc::new(base));
        let ours = engine.forward(&tree, &Agent::default(), Keep::Nothing, 1, &mut Workspace::new()).label_log_probs;
        let ours: Vec<f64> = ours.into_iter().map(f64::from).collect();
        assert_close(&found, &ours, 3e-5);
    }
}

/// A fixture as llama.cpp would lay it out: `(part in the file, part in GGUF)` of every layer.
fn as_gguf(name: &str, layer_names: &[(&str, &str)]) -> Vec<(String, QTensor)> {
    let all = candle_core::safetensors::load(folder(name).join("model.safetensors"), &Device::Cpu).unwrap();
    let take = |name: &str| all[name].to_dtype(DType::F32).unwrap();
    let quantise = |tensor: &Tensor| QTensor::quantize(tensor, GgmlDType::F32).unwrap();
    let whole = [("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output")];
    let mut tensors: Vec<(String, QTensor)> = whole
        .into_iter()
        .map(|(from, to)| (format!("{to}.weight"), quantise(&take(&format!("{from}.weight")))))
        .collect();
    for layer in 0..2 {
        for (from, to) in layer_names {
            let tensor = take(&format!("model.layers.{layer}.{from}"));
            tensors.push((format!("blk.{layer}.{to}"), quantise(&tensor)));
        }
    }
    tensors
}

fn sizes(name: &str, more: &[(&str, Value)]) -> Vec<(String, Value)> {
    let numbers = [
        ("embedding_length", 16),
        ("block_count", 2),
        ("feed_forward_length", 24),
        ("attention.head_count", 4),
        ("attention.head_count_kv", 2),
        ("attention.key_length", 4),
        ("rope.dimension_count", 4),
        ("context_length", 1024),
    ];
    let numbers = numbers.map(|(key, number)| (key, Value::U32(number)));
    let all = numbers.into_iter().chain(more.iter().map(|(key, value)| (*key, value.clone())));
    let mut all: Vec<_> = all.map(|(key, value)| (format!("{name}.{key}"), value)).collect();
    all.push(("general.architecture".into(), Value::String(name.into())));
    all
}

#[test]
fn quantised_glm4_gives_the_logits_of_python() {
    let names = [
        ("input_layernorm.weight", "attn_norm.weight"),
        ("self_attn.q_proj.weight", "attn_q.weight"),
        ("self_attn.k_proj.weight", "attn_k.weight"),
        ("self_attn.v_proj.weight", "attn_v.weight"),
        ("self_attn.q_proj.bias", "attn_q.bias"),
        ("self_attn.k_proj.bias", "attn_k.bias"),
        ("self_attn.v_proj.bias", "attn_v.bias"),
        ("self_attn.o_proj.weight", "attn_output.weight"),
        ("post_self_attn_layernorm.weight", "post_attention_norm.weight"),
        ("post_attention_layernorm.weight", "ffn_norm.weight"),
        ("mlp.gate_up_proj.weight", "ffn_up.weight"),
        ("mlp.down_proj.weight", "ffn_down.weight"),
        ("post_mlp_layernorm.weight", "post_ffw_norm.weight"),
    ];
    let metadata = sizes(
        "glm4",
        &[("attention.layer_norm_rms_epsilon", Value::F32(1.5625e-7)), ("rope.freq_base", Value::F32(1000.0))],
    );
    let (_dir, path) = gguf::write(&metadata, &as_gguf("glm4", &names));
    let worst = difference(open(&path).unwrap().as_ref(), &expected("glm4"));
    assert!(worst < TOLERANCE, "{worst}");
}

/// Its quantised model knows one base of angles, that of the published models, and the fixture has another: so the
/// fixture is read as safetensors with that base.
#[test]
fn quantised_phi3_scores_as_its_safetensors() {
    let names = [
        ("input_layernorm.weight", "attn_norm.weight"),
        ("self_attn.qkv_proj.weight", "attn_qkv.weight"),
        ("self_attn.o_proj.weight", "attn_output.weight"),
        ("post_attention_layernorm.weight", "ffn_norm.weight"),
        ("mlp.gate_up_proj.weight", "ffn_up.weight"),
        ("mlp.down_proj.weight", "ffn_down.weight"),
    ];
    let metadata = sizes("phi3", &[("attention.layer_norm_rms_epsilon", Value::F32(1e-5))]);
    let (_dir, path) = gguf::write(&metadata, &as_gguf("phi3", &names));
    let copy = changed("phi3", |text| text.replace("\"rope_theta\": 1000.0", "\"rope_theta\": 10000.0"));
    let plain = score::score(load(copy.path()).unwrap(), &prompts(), &labels()).unwrap();
    let plain: Vec<f64> = plain.into_iter().map(f64::from).collect();
    assert_close(&score::score(open(&path).unwrap(), &prompts(), &labels()).unwrap(), &plain, 1e-5);
    let other = sizes("phi3", &[("rope.freq_base", Value::F32(1000.0))]);
    let (_dir, path) = gguf::write(&other, &as_gguf("phi3", &names));
    assert!(refusal(open(&path)).contains("freq_base"));
}

/// A copy of a fixture whose `config.json` was changed.
fn changed(name: &str, change: impl Fn(String) -> String) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(folder(name).join(file), dir.path().join(file)).unwrap();
    }
    let path = dir.path().join("config.json");
    std::fs::write(&path, change(std::fs::read_to_string(&path).unwrap())).unwrap();
    dir
}

fn refusal<T>(result: Result<T, ModelError>) -> String {
    result.err().expect("it is refused").to_string()
}

#[test]
fn what_a_configuration_cannot_say_is_refused_with_the_reason() {
    let with = |name: &str, from: &str, to: &str| {
        let dir = changed(name, |text| {
            assert!(text.contains(from), "{from} in {text}");
            text.replace(from, to)
        });
        refusal(load(dir.path()))
    };
    let llama = |from: &str, to: &str| with("llama", from, to);
    let unknown = llama("LlamaForCausalLM", "Llama9ForCausalLM");
    assert!(
        unknown.contains("Llama9ForCausalLM") && unknown.contains("LlamaForCausalLM, MistralForCausalLM"),
        "{unknown}"
    );
    for (from, to, reason) in [
        ("\"num_attention_heads\": 4", "\"num_attention_heads\": 0", "num_attention_heads is 0"),
        ("\"num_attention_heads\": 4", "\"num_attention_heads\": 5", "no multiple of 2 key heads"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000000000", "expected a whole number from 1 to 4096"),
        (
            "\"num_hidden_layers\": 2",
            "\"num_hidden_layers\": 3",
            "tensor model.layers.2.self_attn.q_proj.weight is missing",
        ),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "model.layers.1.input_layernorm.weight has no place"),
        ("\"vocab_size\": 264", "\"vocab_size\": 16777216", "has shape [264, 16], config.json asks for [16777216, 16]"),
        ("\"hidden_size\": 16", "\"hidden_size\": -16", "hidden_size is -16"),
        ("\"rope_theta\": 1000.0", "\"rope_theta\": -1.0", "rope_theta is -1.0"),
        ("\"rope_type\": \"llama3\"", "\"rope_type\": \"yarn\"", "has no rope scaling yarn in its llama, only llama3"),
        ("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "has no activation gelu in its llama"),
        ("\"rope_type\": \"llama3\"", "\"else\": 1", "rope_scaling in config.json names no rope_type"),
        ("{\n", "{\n\"quantization_config\": {\"bits\": 4},", "quantised safetensors"),
        ("{\n", "[\n", "not JSON"),
    ] {
        let found = llama(from, to);
        assert!(found.contains(reason), "{to}: {found}");
    }
    for (name, from, to, reason) in [
        ("mixtral", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 9", "9 experts for every token, of 3"),
        ("phi", "\"hidden_size\": 16", "\"hidden_size\": 18", "hidden_size 18 is no multiple of 4 heads"),
        ("phi", "\"partial_rotary_factor\": 0.5", "\"partial_rotary_factor\": 7.5", "expected above 0 and at most 1"),
        ("stablelm", "\"qk_layernorm\": false", "\"qk_layernorm\": true", "no qk_layernorm in its stablelm"),
        ("gemma3_text", "\"num_key_value_heads\": 1", "\"num_key_value_heads\": 4", "fails with 4 key heads"),
        (
            "gemma3_text",
            "\"_sliding_window_pattern\": 3",
            "\"_sliding_window_pattern\": 0",
            "_sliding_window_pattern is 0, expected a whole number",
        ),
        (
            "lfm2",
            "false,\n  \"block_ff_dim\": 64,\n  \"block_ffn_dim_multiplier\": 1.0",
            "true, \"block_ff_dim\": 64, \"block_ffn_dim_multiplier\": 1e300",
            "wider than any",
        ),
        ("phi3", "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"longrope\"}", "no rope scaling longrope"),
    ] {
        let found = with(name, from, to);
        assert!(found.contains(reason), "{to}: {found}");
    }
}

#[test]
fn damaged_weights_are_refused() {
    let dir = changed("olmo", |text| text);
    let path = dir.path().join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 10]).unwrap();
    assert!(refusal(load(dir.path())).contains("truncated"));
    let mut damaged = bytes.clone();
    let end = damaged.len();
    damaged[end - 2..].copy_from_slice(&0x7f80u16.to_le_bytes());
    std::fs::write(&path, &damaged).unwrap();
    assert!(refusal(load(dir.path())).contains("inf"), "the last number is infinite");
    std::fs::remove_file(&path).unwrap();
    assert!(refusal(load(dir.path())).contains("cannot read"));
}

#[test]
fn gguf_files_of_other_kinds_and_damaged_ones_are_refused() {
    let base = load_weights(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/families/qwen3")).unwrap().0;
    let (metadata, tensors) = (gguf::metadata(&base, Family::Qwen3), || gguf::tensors(&base, Family::Qwen3));
    let with = |key: &str, value: Value| {
        let mut metadata: Vec<_> = metadata.iter().filter(|(other, _)| other != key).cloned().collect();
        metadata.push((key.to_owned(), value));
        let (_dir, path) = gguf::write(&metadata, &tensors());
        refusal(open(&path))
    };
    let other = with("general.architecture", Value::String("gemma3".into()));
    assert!(other.contains("GGUF files of gemma3") && other.contains("glm4, llama, phi3, qwen2, qwen3"), "{other}");
    assert!(with("qwen3.block_count", Value::U32(u32::MAX)).contains("expected 1 to 4096"));
    assert!(with("qwen3.attention.head_count", Value::U32(0)).contains("expected 1 to"));
    assert!(with("qwen3.rope.scaling.type", Value::String("yarn".into())).contains("no rope scaling yarn"));
    let mut more = tensors();
    let extra = QTensor::quantize(&Tensor::zeros(4, DType::F32, &Device::Cpu).unwrap(), GgmlDType::F32).unwrap();
    more.push(("rope_freqs.weight".into(), extra));
    let (_dir, path) = gguf::write(&metadata, &more);
    assert!(refusal(open(&path)).contains("rope_freqs.weight has no place"));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 3000]).unwrap();
    let truncated = refusal(open(&path));
    assert!(truncated.contains("does not end within the file") || truncated.contains("no place"), "{truncated}");
}

/// The folder of a fixture needs a tokenizer to have an outline; here only its sizes matter.
#[test]
fn texts_longer_than_a_window_are_refused_and_memory_grows_with_them() {
    let dir = changed("mistral", |text| text);
    std::fs::write(
        dir.path().join("tokenizer.json"),
        r#"{"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}}"#,
    )
    .unwrap();
    let files = ModelFiles::Folder(dir.path().to_path_buf());
    let outline = FrozenOutline::of(&files, true, Default::default()).unwrap();
    assert_eq!(outline.summary(), "mistral");
    outline.check_length(512).unwrap();
    let error = refusal(outline.check_length(513));
    assert!(error.contains("at most 512 are read") && error.contains("sliding windows"), "{error}");
    let bytes = |length: usize| {
        let prompts = vec![vec![0; length]];
        let labels = vec![vec![1]];
        let tree = PromptTree::new(&prompts, &labels);
        let texts = super::Texts { prompts: &prompts, labels: &labels, tree: &tree };
        outline.bytes(&[texts], &Default::default(), 1)
    };
    let weights = 4 * TensorFiles::open(dir.path()).unwrap().numbers();
    assert!(
        bytes(1) > weights && bytes(100) > bytes(1) + 100 * 4 * 2 * 2 * 16,
        "{} {} {weights}",
        bytes(1),
        bytes(100)
    );
}
