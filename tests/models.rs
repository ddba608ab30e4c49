//! The default model as users get it: found or fetched, tokenized as its makers do, and with adapters saved for
//! Python's peft.

use crate::support::{real_model, skip_real_model};
use agora::llm::decoder::Projection;
use agora::llm::engine::cpu::CpuEngine;
use agora::llm::engine::cpu::Workspace;
use agora::llm::engine::precision::Precision;
use agora::llm::engine::{Agent, Gradient, Keep, Slopes};
use agora::llm::files::{peft, registry};
use agora::llm::lora::{Adapter, LoraConfig};
use agora::llm::text::chat::Message;
use agora::llm::tree::PromptTree;
use agora::rng::{Purpose, StreamKey, stream};
use rand::RngExt;
use serde_json::{Value, json};
use std::path::Path;

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/smollm2_reference.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| u32::try_from(id.as_u64().unwrap()).unwrap()).collect()
}

#[test]
fn the_default_model_is_the_one_the_registry_names() {
    if skip_real_model("the default model's identity") {
        return;
    }
    let model = real_model();
    assert_eq!(Some(model.id.sha256.as_str()), registry::lookup(registry::DEFAULT).unwrap().sha256);
    assert_eq!(model.id.family, "llama");
    let config = &model.base.config;
    assert_eq!((config.vocab, config.hidden, config.layers()), (49_152, 576, 30));
    assert_eq!((config.heads, config.kv_heads, config.head_dim, config.intermediate), (9, 3, 64, 1536));
    assert_eq!(config.attention[0].rope_theta, 100_000.0);
    assert!(model.base.lm_head.is_none());
}

#[test]
fn its_tokens_and_prompts_are_the_reference_ones() {
    if skip_real_model("the default model's tokens") {
        return;
    }
    let model = real_model();
    let reference = reference();
    let tokenizer = &model.tokenizer;
    for case in reference["tokenized"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        assert_eq!(tokenizer.encode(text).unwrap(), ids(&case["ids"]), "{text:?}");
    }
    let content = reference["messages"][0]["content"].as_str().unwrap();
    let prompt = tokenizer.render_chat(&[Message::user(content)], true).unwrap();
    assert_eq!(prompt, reference["prompt"].as_str().unwrap());
    assert_eq!(tokenizer.encode(&prompt).unwrap(), ids(&reference["ids"]));
    for label in reference["labels"].as_array().unwrap() {
        let text = label["label"].as_str().unwrap();
        assert_eq!(tokenizer.encode_labels(&prompt, &[text]).unwrap(), [ids(&label["ids"])], "{text}");
    }
    assert_eq!(tokenizer.stop_ids(), [0, 2]);
    let text = "naïve café — 東京タワー 123";
    assert_eq!(tokenizer.decode(&tokenizer.encode(text).unwrap()).unwrap(), text);
    // One label begins the other: "action2", then "1".
    let error = tokenizer.encode_labels(&prompt, &["action2", "action21"]).unwrap_err().to_string();
    assert!(error.contains("no label may open another"), "{error}");
}

/// Leaves an adapter and cases in the target folder's `tmp/peft`, where `tests/peft/check_adapter.py` can be pointed.
#[test]
fn an_adapter_with_drawn_weights_is_saved_for_python() {
    if skip_real_model("an adapter for Python") {
        return;
    }
    let model = real_model();
    let engine = CpuEngine::new(model.base.clone());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peft");
    let config = LoraConfig {
        rank: 4,
        alpha: 8.0,
        rslora: true,
        targets: vec![Projection::QProj, Projection::KProj, Projection::OProj, Projection::DownProj],
    };
    let mut rng = stream(7, Purpose::AdapterInit, StreamKey::default());
    let mut adapter = Adapter::init(&config, &model.base.config, &mut rng);
    for slot in adapter.slots.clone() {
        adapter.params[slot.b].iter_mut().for_each(|value| *value = (rng.random::<f32>() - 0.5) * 0.1);
    }
    peft::save(&adapter, &model.id, &folder.join("adapter"), &[("note".into(), "random B".into())]).unwrap();
    let loaded = peft::load(&folder.join("adapter"), &model.base.config, Some(&model.id)).unwrap();
    assert_eq!(loaded, adapter);
    let reference = reference();
    let labels: Vec<Value> = reference["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|label| {
            // One tree per label: some labels begin others, which one table would refuse.
            let tree = PromptTree::new(&[ids(&reference["ids"])], &[ids(&label["ids"])]);
            let agent = Agent { adapter: Some(&loaded), ..Agent::default() };
            let scores = engine.forward(&tree, &agent, Keep::Nothing, 2, &mut Workspace::new());
            json!({ "ids": label["ids"], "log_prob": scores.label_log_probs[0] })
        })
        .collect();
    let cases = json!([{ "ids": reference["ids"], "labels": labels }]);
    std::fs::write(folder.join("cases.json"), cases.to_string()).unwrap();
}

/// The error of bf16 as stated in docs/performance.md: log-probabilities of labels, and the direction of an adapter's
/// gradient.
#[test]
fn bf16_is_as_far_from_f32_as_documented() {
    if skip_real_model("the error of bf16") {
        return;
    }
    let model = real_model();
    let ask = |seen: &str| {
        let text = format!("You and another player each choose, {seen}. Do you choose action1 or action2?");
        model.tokenizer.render_chat(&[Message::user(&text)], true).unwrap()
    };
    let prompts = ["nothing was played yet", "last time you both said action1", "last time you said action2"].map(ask);
    let tokens: Vec<Vec<u32>> = prompts.iter().map(|prompt| model.tokenizer.encode(prompt).unwrap()).collect();
    let labels = model.tokenizer.encode_labels(&prompts[0], &["action1", "action2"]).unwrap();
    let tree = PromptTree::new(&tokens, &labels);
    let adapter = {
        let mut rng = stream(8, Purpose::AdapterInit, StreamKey::default());
        let mut adapter = Adapter::init(&LoraConfig::default(), &model.base.config, &mut rng);
        for slot in adapter.slots.clone() {
            adapter.params[slot.b].iter_mut().for_each(|value| *value = (rng.random::<f32>() - 0.5) * 0.02);
        }
        adapter
    };
    let agent = Agent { adapter: Some(&adapter), ..Agent::default() };
    let [(f32, slope), (bf16, rounded)] = [Precision::F32, Precision::Bf16].map(|precision| {
        let engine = CpuEngine::with_precision(model.base.clone(), precision);
        let (mut workspace, mut gradient) = (Workspace::new(), Gradient::zeros(&agent));
        let scores = engine.forward(&tree, &agent, Keep::Everything, 2, &mut workspace);
        let log_probs = (0..tree.cells()).map(|cell| if cell % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let slopes = Slopes { log_probs, values: Vec::new() };
        engine.backward(&tree, &agent, &slopes, 2, &mut workspace, &mut gradient);
        (scores.label_log_probs, gradient.adapter)
    });
    let off = bf16.iter().zip(&f32).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    let cosine = dot(&rounded, &slope) / (dot(&rounded, &rounded) * dot(&slope, &slope)).sqrt();
    assert!(off < 0.15, "log-probabilities are off by {off} from {f32:?}");
    assert!(cosine > 0.999, "the gradients' cosine is {cosine}");
}
