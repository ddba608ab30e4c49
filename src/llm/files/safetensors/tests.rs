//! The fixtures of all families: loaded, run through the plainest forward pass, compared with transformers' logits.

use super::*;
use crate::llm::decoder::{Activation, DecoderConfig, LayerWeights, RopeScaling};
use crate::llm::weight::Weight;
use std::path::PathBuf;
use tempfile::TempDir;

fn fixture(family: Family) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/families").join(family.name())
}

fn product(matrix: &[f32], x: &[f32]) -> Vec<f32> {
    matrix.chunks(x.len()).map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
}

fn norm(x: &[f32], weight: &[f32], eps: f32) -> Vec<f32> {
    let mean = x.iter().map(|v| v * v).sum::<f32>() / x.len() as f32;
    x.iter().zip(weight).map(|(v, w)| v / (mean + eps).sqrt() * w).collect()
}

fn cap(x: f32, cap: Option<f32>) -> f32 {
    cap.map_or(x, |cap| cap * (x / cap).tanh())
}

fn frequency(config: &DecoderConfig, layer: usize, i: usize) -> f32 {
    let rope = config.attention[layer];
    let plain = rope.rope_theta.powf(-2.0 * i as f32 / config.head_dim as f32);
    match rope.rope_scaling {
        RopeScaling::None => plain,
        RopeScaling::Linear { factor } => plain / factor,
        RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
            let turns = original_context * plain / std::f32::consts::TAU;
            let blend = ((turns - low_freq_factor) / (high_freq_factor - low_freq_factor)).clamp(0.0, 1.0);
            plain * ((1.0 - blend) / factor + blend)
        }
    }
}

/// Projects `x` into heads, normalises and rotates each.
fn heads(c: &DecoderConfig, layer: usize, position: usize, mut flat: Vec<f32>, weight: &Option<Vec<f32>>) -> Vec<f32> {
    for head in flat.chunks_mut(c.head_dim) {
        let x = weight.as_ref().map_or(head.to_vec(), |weight| norm(head, weight, c.norm_eps));
        let half = c.head_dim / 2;
        for i in 0..half {
            let (sin, cos) = (position as f32 * frequency(c, layer, i)).sin_cos();
            head[i] = x[i] * cos - x[i + half] * sin;
            head[i + half] = x[i + half] * cos + x[i] * sin;
        }
    }
    flat
}

fn attend(
    c: &DecoderConfig,
    layer: usize,
    queries: &[Vec<f32>],
    keys: &[Vec<f32>],
    values: &[Vec<f32>],
) -> Vec<Vec<f32>> {
    let window = c.attention[layer].window.unwrap_or(usize::MAX);
    let slice = |row: &[f32], head: usize| row[head * c.head_dim..(head + 1) * c.head_dim].to_vec();
    let one = |t: usize, head: usize| {
        let kv_head = head / (c.heads / c.kv_heads);
        let seen: Vec<usize> = (0..=t).filter(|s| t - s < window).collect();
        let query = slice(&queries[t], head);
        let score = |s: &usize| product(&slice(&keys[*s], kv_head), &query)[0] * c.query_scale;
        let weights: Vec<f32> = seen.iter().map(|s| cap(score(s), c.attention_softcap).exp()).collect();
        let total: f32 = weights.iter().sum();
        let mut out = vec![0.0; c.head_dim];
        for (s, weight) in seen.iter().zip(&weights) {
            out.iter_mut().zip(slice(&values[*s], kv_head)).for_each(|(o, v)| *o += weight / total * v);
        }
        out
    };
    (0..queries.len()).map(|t| (0..c.heads).flat_map(|head| one(t, head)).collect()).collect()
}

fn add(x: &mut [f32], y: Vec<f32>, post_norm: &Option<Vec<f32>>, eps: f32) {
    let y = post_norm.as_ref().map_or(y.clone(), |weight| norm(&y, weight, eps));
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

fn block(c: &DecoderConfig, i: usize, layer: &LayerWeights, rows: &mut [Vec<f32>]) {
    let [wq, wk, wv, wo, wg, wu, wd] = &layer.projections.each_ref().map(Weight::rows);
    let project = |matrix: &[f32], x: &[f32], bias: usize| {
        let mut y = product(matrix, x);
        layer.qkv_bias.iter().for_each(|biases| y.iter_mut().zip(&biases[bias]).for_each(|(y, b)| *y += b));
        y
    };
    let normed: Vec<_> = rows.iter().map(|x| norm(x, &layer.attention_norm, c.norm_eps)).collect();
    let rotated = |matrix: &[f32], bias, weight: &Option<Vec<f32>>| -> Vec<Vec<f32>> {
        normed.iter().enumerate().map(|(t, x)| heads(c, i, t, project(matrix, x, bias), weight)).collect()
    };
    let (queries, keys) = (rotated(wq, 0, &layer.q_norm), rotated(wk, 1, &layer.k_norm));
    let values: Vec<_> = normed.iter().map(|x| project(wv, x, 2)).collect();
    for (x, mixed) in rows.iter_mut().zip(attend(c, i, &queries, &keys, &values)) {
        add(x, product(wo, &mixed), &layer.attention_post_norm, c.norm_eps);
        let y = norm(x, &layer.mlp_norm, c.norm_eps);
        let act = |v: f32| match c.activation {
            Activation::Silu => v / (1.0 + (-v).exp()),
            Activation::GeluTanh => {
                let inner = (2.0 / std::f32::consts::PI).sqrt() * (v + 0.044_715 * v * v * v);
                0.5 * v * (1.0 + inner.tanh())
            }
        };
        let gated: Vec<f32> = product(wg, &y).into_iter().zip(product(wu, &y)).map(|(g, u)| act(g) * u).collect();
        add(x, product(wd, &gated), &layer.mlp_post_norm, c.norm_eps);
    }
}

fn logits(model: &BaseModel, tokens: &[usize]) -> Vec<Vec<f32>> {
    let c = &model.config;
    let embed = |token: &usize| model.embedding.row(*token).map(|v| v * c.embedding_scale).collect();
    let mut rows: Vec<Vec<f32>> = tokens.iter().map(embed).collect();
    model.layers.iter().enumerate().for_each(|(i, layer)| block(c, i, layer, &mut rows));
    let output_matrix = model.output_matrix().rows();
    let output = |x: &Vec<f32>| product(&output_matrix, &norm(x, &model.final_norm, c.norm_eps));
    rows.iter().map(|x| output(x).into_iter().map(|v| cap(v, c.logit_softcap)).collect()).collect()
}

#[test]
fn every_family_gives_the_logits_of_transformers() {
    for family in Family::ALL {
        let folder = fixture(family);
        let (model, found) = load_weights(&folder).unwrap();
        assert_eq!(found, family);
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let tokens: Vec<usize> = serde_json::from_value(expected["tokens"].clone()).unwrap();
        let wanted: Vec<Vec<f32>> = serde_json::from_value(expected["logits"].clone()).unwrap();
        let found = logits(&model, &tokens);
        let errors = found.iter().flatten().zip(wanted.iter().flatten()).map(|(a, b)| (a - b).abs());
        let worst = errors.fold(0.0, f32::max);
        assert!(worst < 2e-4, "{family:?}: off by {worst}");
    }
}

/// A copy of a fixture whose `config.json` has `key` set to `value`.
fn changed(family: Family, key: &str, value: serde_json::Value) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture(family)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = dir.path().join(CONFIG);
    let mut config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    config[key] = value;
    std::fs::write(path, config.to_string()).unwrap();
    dir
}

#[test]
fn newer_rope_parameters_are_read_as_the_older_fields() {
    let (model, _) = load_weights(&fixture(Family::Gemma3)).unwrap();
    let parameters = serde_json::json!({
        "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 100000.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
    });
    let dir = changed(Family::Gemma3, "rope_parameters", parameters);
    assert_eq!(load_weights(dir.path()).unwrap().0.config, model.config);
}

#[test]
fn folders_that_cannot_be_used_say_why() {
    let error = |dir: &TempDir| load_weights(dir.path()).unwrap_err().to_string();
    for (key, value, part) in [
        ("architectures", serde_json::json!(["MambaForCausalLM"]), "architecture MambaForCausalLM is not supported"),
        ("hidden_act", "relu".into(), "activation relu is not supported"),
        ("mlp_bias", true.into(), "mlp_bias is not supported"),
        ("rope_scaling", serde_json::json!({"rope_type": "yarn"}), "rope scaling yarn is not supported"),
        ("hidden_size", 64.into(), "has shape [128, 32], config.json asks for [128, 64]"),
        ("hidden_size", "x".into(), "not a configuration of LlamaForCausalLM"),
        ("num_key_value_heads", 3.into(), "do not go together"),
        ("num_hidden_layers", 3.into(), "model.layers.2.self_attn.q_proj.weight is missing"),
        ("num_hidden_layers", 1.into(), "has no place in LlamaForCausalLM"),
    ] {
        let message = error(&changed(Family::Llama, key, value));
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    let dir = changed(Family::Llama, "use_cache", true.into());
    std::fs::remove_file(dir.path().join("model-00002-of-00002.safetensors")).unwrap();
    assert!(error(&dir).contains("model-00002-of-00002.safetensors"), "{}", error(&dir));
    std::fs::write(dir.path().join(INDEX), r#"{"weight_map": {"a": "../up.safetensors"}}"#).unwrap();
    assert!(error(&dir).contains("plain file names"), "{}", error(&dir));
    let dir = changed(Family::Qwen3, "use_cache", true.into());
    let path = dir.path().join(SINGLE);
    let bytes = std::fs::read(&path).unwrap();
    for (len, part) in [(bytes.len() - 8, "truncated"), (100, "truncated"), (4, "too short")] {
        std::fs::write(&path, &bytes[..len]).unwrap();
        assert!(error(&dir).contains(part), "{part:?} is not in {}", error(&dir));
    }
    std::fs::remove_file(dir.path().join(CONFIG)).unwrap();
    assert!(error(&dir).contains("cannot read"));
}
