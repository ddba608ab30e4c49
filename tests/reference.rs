//! `sim score --engine reference`: candle-transformers against the engine that runs use.

use crate::support::{sim, skip_real_model, stderr, stdout, tiny_model};
use crate::testing::assert_close;
use agora::llm::files::peft;
use agora::llm::lora::{Adapter, LoraConfig};
use serde_json::Value;

const PROMPT: &str = "You and another player choose between action1 and action2. Which do you choose?";

/// What `sim score` prints as JSON.
fn score(engine: &str, args: &[&str]) -> Value {
    let common = ["score", "--prompt", PROMPT, "--labels", "action1,action2,I refuse", "--top", "5"];
    let printed = stdout(sim().args(common).args(["--format", "json", "--engine", engine]).args(args), 0);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["engine"], engine);
    printed
}

fn column(printed: &Value, list: &str, name: &str) -> Vec<f64> {
    printed[list].as_array().unwrap().iter().map(|entry| entry[name].as_f64().unwrap()).collect()
}

/// The two engines must read the same text and agree on labels and likeliest tokens.
fn check_agreement(engine: &str, args: &[&str], tolerance: f64) {
    let (found, expected) = (score("agora", args), score(engine, args));
    for name in ["model", "prompt", "prompt_tokens"] {
        assert_eq!(found[name], expected[name]);
    }
    assert_close(&column(&found, "labels", "log_prob"), &column(&expected, "labels", "log_prob"), tolerance);
    assert_close(&column(&found, "top", "logit"), &column(&expected, "top", "logit"), 10.0 * tolerance);
    // Different bits show that it was not the same arithmetic.
    assert_ne!(column(&found, "labels", "log_prob"), column(&expected, "labels", "log_prob"));
}

#[test]
fn candle_transformers_agrees_on_the_tiny_model() {
    check_agreement("reference", &["--model", "tiny"], 1e-4);
}

#[test]
fn candle_transformers_agrees_on_an_adapter() {
    let model = tiny_model();
    let mut adapter = Adapter::zeros(&LoraConfig::default(), &model.base.config);
    for (i, value) in adapter.params.iter_mut().enumerate() {
        *value = 0.1 * (i as f32).sin();
    }
    let dir = tempfile::tempdir().unwrap();
    peft::save(&adapter, &model.id, dir.path(), &[]).unwrap();
    let args = ["--model", "tiny", "--adapter", dir.path().to_str().unwrap()];
    check_agreement("reference", &args, 1e-4);
    let (plain, adapted) = (score("reference", &args[..2]), score("reference", &args));
    let moved = column(&plain, "labels", "log_prob")[0] - column(&adapted, "labels", "log_prob")[0];
    assert!(moved.abs() > 0.1, "{moved}");
    let message = stderr(sim().args(["score", "--prompt", "a", "--labels", "b"]).args(QUANTISED).args(args), 2);
    assert!(message.contains("cannot merge an adapter into quantised weights"), "{message}");
}

#[test]
fn candle_transformers_agrees_on_the_default_model() {
    if skip_real_model("sim score --engine reference") {
        return;
    }
    check_agreement("reference", &[], 1e-3);
    check_agreement("reference-quantised", &[], 0.5);
}

const QUANTISED: [&str; 2] = ["--engine", "reference-quantised"];

#[test]
fn what_the_reference_cannot_do_is_refused() {
    let refused = |args: &[&str], code| {
        stderr(sim().args(["score", "--model", "tiny", "--prompt", "a", "--labels", "b"]).args(args), code)
    };
    let message = refused(&QUANTISED, 1);
    assert!(message.contains("tiny is not a GGUF file"), "{message}");
    let message = refused(&["--engine", "reference", "--precision", "bf16"], 2);
    assert!(message.contains("computes in f32; leave --precision out"), "{message}");
    let message = refused(&["--engine", "reference", "--device", "cuda:0"], 2);
    assert!(message.contains("computes on the CPU; leave --device out"), "{message}");
    let message = refused(&["--engine", "referenz"], 2);
    assert!(message.contains("reference"), "{message}");
}
