//! GGUF files written here from the safetensors fixtures, as llama.cpp's converter would, must load as the same models.

use super::*;
use crate::llm::files::safetensors;
use crate::llm::text::tokenizer::ChatTokenizer;
use candle_core::Tensor;
use candle_core::quantized::gguf_file::Value;
use candle_core::quantized::{GgmlDType, QTensor, gguf_file};
use tempfile::TempDir;

fn fixture(family: Family) -> BaseModel {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/families").join(family.name());
    let (base, found) = safetensors::load_weights(&folder).unwrap();
    assert_eq!(found, family);
    base
}

/// The inverse of [`unpermute`], written from the converter's description: split each head's rows into two halves and
/// interleave them.
fn permute(values: &[f32], heads: usize, columns: usize) -> Vec<f32> {
    let width = values.len() / columns / heads;
    let mut out = Vec::new();
    for head in values.chunks(width * columns) {
        let (first, second) = head.split_at(width / 2 * columns);
        for (a, b) in first.chunks(columns).zip(second.chunks(columns)) {
            out.extend_from_slice(a);
            out.extend_from_slice(b);
        }
    }
    out
}

fn tensor(values: &[f32], shape: &[usize]) -> QTensor {
    QTensor::quantize(&Tensor::from_slice(values, shape, &Device::Cpu).unwrap(), GgmlDType::F32).unwrap()
}

pub(crate) fn tensors(base: &BaseModel, family: Family) -> Vec<(String, QTensor)> {
    let (config, interleaves) = (&base.config, family.rules().gguf_interleaves);
    let mut out = vec![
        ("token_embd.weight".to_string(), tensor(&base.embedding.rows(), &[config.vocab, config.hidden])),
        ("output_norm.weight".to_string(), tensor(&base.final_norm, &[config.hidden])),
    ];
    if let Some(head) = &base.lm_head {
        out.push(("output.weight".into(), tensor(&head.rows(), &[config.vocab, config.hidden])));
    }
    for (i, layer) in base.layers.iter().enumerate() {
        let mut norm = |name: &str, values: &Option<Vec<f32>>| {
            if let Some(values) = values {
                out.push((format!("blk.{i}.{name}.weight"), tensor(values, &[values.len()])));
            }
        };
        norm("attn_norm", &Some(layer.attention_norm.clone()));
        norm("ffn_norm", &Some(layer.mlp_norm.clone()));
        norm("post_attention_norm", &layer.attention_post_norm);
        norm("post_ffw_norm", &layer.mlp_post_norm);
        norm("attn_q_norm", &layer.q_norm);
        norm("attn_k_norm", &layer.k_norm);
        for (values, name) in layer.qkv_bias.iter().flatten().zip(["attn_q", "attn_k", "attn_v"]) {
            out.push((format!("blk.{i}.{name}.bias"), tensor(values, &[values.len()])));
        }
        for (weight, projection) in layer.projections.iter().zip(Projection::ALL) {
            let values = &weight.rows();
            let (rows, columns) = config.shape(projection);
            let values = match projection {
                Projection::QProj if interleaves => permute(values, config.heads, columns),
                Projection::KProj if interleaves => permute(values, config.kv_heads, columns),
                _ => values.clone(),
            };
            out.push((format!("blk.{i}.{}.weight", module(projection)), tensor(&values, &[rows, columns])));
        }
    }
    out
}

pub(crate) fn metadata(base: &BaseModel, family: Family) -> Vec<(String, Value)> {
    let config = &base.config;
    let number = |n: usize| Value::U32(u32::try_from(n).unwrap());
    let windowed = config.attention.iter().find(|layer| layer.window.is_some());
    let global = config.attention.iter().find(|layer| layer.window.is_none()).unwrap();
    let mut own = vec![
        ("embedding_length", number(config.hidden)),
        ("block_count", number(config.layers())),
        ("feed_forward_length", number(config.intermediate)),
        ("attention.head_count", number(config.heads)),
        ("attention.head_count_kv", number(config.kv_heads)),
        ("attention.key_length", number(config.head_dim)),
        ("attention.layer_norm_rms_epsilon", Value::F32(config.norm_eps)),
        ("rope.freq_base", Value::F32(global.rope_theta)),
    ];
    if let Some(layer) = windowed.filter(|_| family.rules().windows != Windows::Switched) {
        own.push(("attention.sliding_window", number(layer.window.unwrap())));
        own.push(("rope.freq_base_swa", Value::F32(layer.rope_theta)));
    }
    if let RopeScaling::Linear { factor } = global.rope_scaling {
        own.push(("rope.scaling.type", Value::String("linear".into())));
        own.push(("rope.scaling.factor", Value::F32(factor)));
    }
    for (name, cap) in
        [("attn_logit_softcapping", config.attention_softcap), ("final_logit_softcapping", config.logit_softcap)]
    {
        if let Some(cap) = cap {
            own.push((name, Value::F32(cap)));
        }
    }
    let mut all = vec![("general.architecture".to_string(), Value::String(family.name().into()))];
    all.extend(own.into_iter().map(|(key, value)| (format!("{}.{key}", family.name()), value)));
    all
}

pub(crate) fn write(metadata: &[(String, Value)], tensors: &[(String, QTensor)]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    let metadata: Vec<_> = metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let mut file = File::create(&path).unwrap();
    gguf_file::write(&mut file, &metadata, &tensors).unwrap();
    (dir, path)
}

fn assert_same_weights(a: &BaseModel, b: &BaseModel) {
    assert_eq!(a.embedding, b.embedding);
    assert_eq!(a.final_norm, b.final_norm);
    assert_eq!(a.lm_head, b.lm_head);
    for (x, y) in a.layers.iter().zip(&b.layers) {
        assert_eq!(x.attention_norm, y.attention_norm);
        assert_eq!(x.mlp_norm, y.mlp_norm);
        assert_eq!((&x.attention_post_norm, &x.mlp_post_norm), (&y.attention_post_norm, &y.mlp_post_norm));
        assert_eq!((&x.q_norm, &x.k_norm), (&y.q_norm, &y.k_norm));
        assert_eq!(x.qkv_bias, y.qkv_bias);
        assert_eq!(x.projections, y.projections);
    }
}

#[test]
fn every_family_loads_from_gguf_as_from_safetensors() {
    for family in Family::ALL {
        let expected = fixture(family);
        let mut config = expected.config.clone();
        // What GGUF has no key for comes from the family's rule, which the fixtures break on purpose.
        config.query_scale = 1.0 / (config.head_dim as f32).sqrt();
        for (i, layer) in config.attention.iter_mut().enumerate() {
            if let RopeScaling::Llama3 { .. } = layer.rope_scaling {
                layer.rope_scaling = RopeScaling::None;
            }
            match family.rules().windows {
                Windows::None => {}
                Windows::Switched => layer.window = None,
                Windows::AllBut { period, .. } if (i + 1) % period == 0 => assert_eq!(layer.window, None),
                // Gemma 3's sixth layer is global, and its fixture has four.
                Windows::AllBut { .. } => *layer = expected.config.attention[0],
            }
        }
        let (_dir, path) = write(&metadata(&expected, family), &tensors(&expected, family));
        let (base, found) = load_weights(&path).unwrap();
        assert_eq!(found, family);
        assert_eq!(base.config, config);
        assert_same_weights(&base, &expected);
    }
}

#[test]
fn llama3_scaling_is_recovered_from_its_divisors() {
    let base = fixture(Family::Llama);
    let divisors = |factor: f32, theta: f32| -> Vec<f32> {
        let wavelength = |i: usize| std::f32::consts::TAU * theta.powf(2.0 * i as f32 / 8.0);
        (0..4)
            .map(|i| match wavelength(i) {
                w if w < 8192.0 / 4.0 => 1.0,
                w if w > 8192.0 => factor,
                w => 1.0 / ((1.0 - (8192.0 / w - 1.0) / 3.0) / factor + (8192.0 / w - 1.0) / 3.0),
            })
            .collect()
    };
    let mut metadata = metadata(&base, Family::Llama);
    metadata.retain(|(key, _)| key != "llama.rope.freq_base");
    metadata.push(("llama.rope.freq_base".into(), Value::F32(500_000.0)));
    let mut tensors = tensors(&base, Family::Llama);
    tensors.push(("rope_freqs.weight".into(), tensor(&divisors(32.0, 500_000.0), &[4])));
    let (_dir, path) = write(&metadata, &tensors);
    let (loaded, _) = load_weights(&path).unwrap();
    let expected =
        RopeScaling::Llama3 { factor: 32.0, low_freq_factor: 1.0, high_freq_factor: 4.0, original_context: 8192.0 };
    assert_eq!(loaded.config.attention[1].rope_scaling, expected);
    tensors.pop();
    tensors.push(("rope_freqs.weight".into(), tensor(&[1.0, 2.0, 3.0, 4.0], &[4])));
    let (_dir, path) = write(&metadata, &tensors);
    assert!(load_weights(&path).unwrap_err().to_string().contains("rope_freqs.weight"));
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let base = fixture(Family::Qwen3);
    let (metadata, mut tensors) = (metadata(&base, Family::Qwen3), tensors(&base, Family::Qwen3));
    let error = |path: &Path| load_weights(path).unwrap_err().to_string();
    let (_dir, path) = write(&metadata, &tensors);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1000]).unwrap();
    assert!(error(&path).contains("remaining in file"), "{}", error(&path));
    std::fs::write(&path, &bytes[..100]).unwrap();
    assert!(error(&path).contains("not a GGUF file, or truncated"), "{}", error(&path));
    std::fs::write(&path, b"<html>not found</html>").unwrap();
    assert!(error(&path).contains("not a GGUF file, or truncated"), "{}", error(&path));
    std::fs::remove_file(&path).unwrap();
    assert!(error(&path).contains("cannot read"));

    let mut other = metadata.clone();
    other[0].1 = Value::String("mamba".into());
    let (_dir, path) = write(&other, &tensors);
    assert!(
        error(&path).contains("architecture mamba is not supported; supported are llama, qwen2"),
        "{}",
        error(&path)
    );
    let (_dir, path) = write(&metadata[..3], &tensors);
    assert!(error(&path).contains("is missing"), "{}", error(&path));
    tensors.push(("blk.0.attn_q.bias".into(), tensor(&[0.0], &[1])));
    let (_dir, path) = write(&metadata, &tensors);
    assert!(error(&path).contains("blk.0.attn_q.bias has no place in qwen3"), "{}", error(&path));
    tensors.remove(1);
    let (_dir, path) = write(&metadata, &tensors);
    assert!(error(&path).contains("output_norm.weight is missing"), "{}", error(&path));
}

fn tokenizer(metadata: &[(&str, Value)]) -> Result<ChatTokenizer, ModelError> {
    let metadata: Vec<_> = metadata.iter().map(|(key, value)| ((*key).to_string(), value.clone())).collect();
    let (_dir, path) = write(&metadata, &[("x".into(), tensor(&[0.0], &[1]))]);
    tokenizer::build(&GgufFile::open(&path)?.metadata(), ChatDate::default())
}

fn texts(values: &[&str]) -> Value {
    Value::Array(values.iter().map(|text| Value::String((*text).into())).collect())
}

#[test]
fn sentence_piece_merges_by_score_and_falls_back_to_bytes() {
    let tokens = ["<unk>", "<bos>", "a", "b", "▁", "ab", "▁ab", "ba", "\n\n", "<0xC3>", "<0xA9>"];
    let kinds = [2, 3, 1, 1, 1, 1, 1, 1, 4, 6, 6].map(Value::I32);
    let scores = [0.0, 0.0, -9.0, -9.0, -9.0, -3.0, -2.0, -1.0, 0.0, 0.0, 0.0].map(Value::F32);
    let parts = [
        ("tokenizer.ggml.model", Value::String("llama".into())),
        ("tokenizer.ggml.tokens", texts(&tokens)),
        ("tokenizer.ggml.token_type", Value::Array(kinds.to_vec())),
        ("tokenizer.ggml.scores", Value::Array(scores.to_vec())),
        ("tokenizer.ggml.add_space_prefix", Value::Bool(false)),
        ("tokenizer.ggml.bos_token_id", Value::U32(1)),
        ("tokenizer.chat_template", Value::String("{{ bos_token }}{{ messages[0].content }}".into())),
    ];
    let built = tokenizer(&parts).unwrap();
    // "ba" has the best score, so it is joined before "ab" gets a chance; "▁ab" needs "ab" first.
    assert_eq!(built.encode("aba").unwrap(), [2, 7]);
    assert_eq!(built.encode("<bos>ab ab\n\né").unwrap(), [1, 5, 6, 8, 9, 10]);
    assert_eq!(built.decode(&[1, 5, 6, 8, 9, 10]).unwrap(), "ab ab\n\né");
    assert_eq!(built.render_chat(&[crate::llm::text::chat::Message::user("ab")], true).unwrap(), "<bos>ab");
    let mut prefixed = parts.clone();
    prefixed[4].1 = Value::Bool(true);
    let built = tokenizer(&prefixed).unwrap();
    assert_eq!(built.encode("ab").unwrap(), [6]);
    assert_eq!(built.decode(&[6, 6]).unwrap(), "ab ab");
}

#[test]
fn pre_tokenizers_split_numbers_each_in_its_own_way() {
    let digits: Vec<String> = (0..10).map(|d| d.to_string()).collect();
    let mut tokens: Vec<&str> = digits.iter().map(String::as_str).collect();
    tokens.extend(["12", "123", "1234", "Ġ", "a"]);
    let mut parts = [
        ("tokenizer.ggml.model", Value::String("gpt2".into())),
        ("tokenizer.ggml.tokens", texts(&tokens)),
        ("tokenizer.ggml.merges", texts(&["1 2", "12 3", "123 4"])),
        ("tokenizer.ggml.pre", Value::String(String::new())),
    ];
    for (name, expected) in [
        ("smollm", vec![1, 2, 3, 4, 13, 14]),
        ("qwen2", vec![1, 2, 3, 4, 13, 14]),
        ("llama-bpe", vec![11, 4, 13, 14]),
        ("gpt-2", vec![12, 13, 14]),
        ("default", vec![12, 13, 14]),
    ] {
        parts[3].1 = Value::String(name.into());
        assert_eq!(tokenizer(&parts).unwrap().encode("1234 a").unwrap(), expected, "{name}");
    }
    parts[3].1 = Value::String("martian".into());
    assert!(tokenizer(&parts).unwrap_err().to_string().contains("pre-tokenizer martian is not supported"));
    parts[0].1 = Value::String("rwkv".into());
    assert!(tokenizer(&parts).unwrap_err().to_string().contains("tokenizer model rwkv is not supported"));
    assert!(tokenizer(&parts[..1]).unwrap_err().to_string().contains("no tokenizer inside"));
}

/// Blocks of random bytes, read as the public Python implementation reads them (`tests/fixtures/make_gguf_blocks.py`).
#[test]
fn quantised_blocks_are_read_as_the_reference_reads_them() {
    use candle_core::Device;
    use candle_core::quantized::{GgmlDType, ggml_file::qtensor_from_ggml};
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/gguf_blocks.json");
    let fixture: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let types = [
        ("Q4_0", GgmlDType::Q4_0),
        ("Q4_1", GgmlDType::Q4_1),
        ("Q5_0", GgmlDType::Q5_0),
        ("Q5_1", GgmlDType::Q5_1),
        ("Q8_0", GgmlDType::Q8_0),
        ("Q2_K", GgmlDType::Q2K),
        ("Q3_K", GgmlDType::Q3K),
        ("Q4_K", GgmlDType::Q4K),
        ("Q5_K", GgmlDType::Q5K),
        ("Q6_K", GgmlDType::Q6K),
    ];
    assert_eq!(fixture.as_object().unwrap().len(), types.len());
    for (name, kind) in types {
        let text = fixture[name]["bytes"].as_str().unwrap();
        let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect();
        let expected: Vec<f64> = serde_json::from_value(fixture[name]["values"].clone()).unwrap();
        let tensor = qtensor_from_ggml(kind, &bytes, vec![expected.len()], &Device::Cpu).unwrap();
        let read: Vec<f32> = tensor.dequantize(&Device::Cpu).unwrap().to_vec1().unwrap();
        assert_eq!(read.len(), expected.len(), "{name}");
        for (a, b) in read.iter().zip(&expected) {
            assert!((f64::from(*a) - b).abs() <= 1e-6 * b.abs().max(1.0), "{name}: {a} {b}");
        }
    }
}

#[test]
fn a_number_that_is_none_is_refused_by_its_tensor_s_name() {
    let mut base = fixture(Family::Llama);
    base.layers[1].mlp_norm[3] = f32::NAN;
    let mut config = base.config.clone();
    config.attention.iter_mut().for_each(|layer| layer.rope_scaling = RopeScaling::None);
    let base = BaseModel { config, ..base };
    let (_dir, path) = write(&metadata(&base, Family::Llama), &tensors(&base, Family::Llama));
    let error = load_weights(&path).unwrap_err().to_string();
    assert!(error.contains("tensor blk.1.ffn_norm.weight holds NaN (value 3 of"), "{error}");
    let mut broken = metadata(&fixture(Family::Llama), Family::Llama);
    for (_, value) in broken.iter_mut().filter(|(key, _)| key.ends_with("freq_base")) {
        *value = Value::F32(f32::NAN);
    }
    let (_dir, path) = write(&broken, &tensors(&fixture(Family::Llama), Family::Llama));
    let error = load_weights(&path).unwrap_err().to_string();
    assert!(error.contains("expected a finite float"), "{error}");
}

#[test]
fn the_quantisation_is_that_of_most_numbers() {
    let base = fixture(Family::Llama);
    let (_dir, path) = write(&metadata(&base, Family::Llama), &tensors(&base, Family::Llama));
    assert_eq!(GgufFile::open(&path).unwrap().quantisation(), None);
    let big = Tensor::zeros((64, 64), candle_core::DType::F32, &Device::Cpu).unwrap();
    let mut all = tensors(&base, Family::Llama);
    let rounded = |dtype| QTensor::quantize(&big, dtype).unwrap();
    all.extend((0..200).map(|i| (format!("more.{i}"), rounded(GgmlDType::Q4_1))));
    all.push(("one".into(), rounded(GgmlDType::Q8_0)));
    let (_dir, path) = write(&metadata(&base, Family::Llama), &all);
    assert_eq!(GgufFile::open(&path).unwrap().quantisation().as_deref(), Some("Q4_1"));
}
