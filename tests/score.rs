//! `sim score` compared with the reference implementation of the same weights.

use crate::support::{root, sim, skip_real_model, stderr, stdout};
use crate::testing::{assert_close, assert_near};
use serde_json::Value;

fn fixture() -> Value {
    let text = std::fs::read_to_string(root().join("tests/fixtures/smollm2_reference.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn agrees_with_transformers_on_the_default_model() {
    if skip_real_model("sim score") {
        return;
    }
    let fixture = fixture();
    let message = fixture["messages"][0]["content"].as_str().unwrap();
    let labels = ["action1", "action2"];
    let printed = stdout(
        sim().args(["score", "--prompt", message, "--labels", &labels.join(","), "--top", "10", "--format", "json"]),
        0,
    );
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["prompt"], fixture["prompt"], "the chat template");
    assert_eq!(printed["prompt_tokens"], fixture["ids"], "the tokenizer");
    assert_eq!(printed["labels"].as_array().unwrap().len(), labels.len());
    for (ours, label) in printed["labels"].as_array().unwrap().iter().zip(labels) {
        let theirs = fixture["labels"].as_array().unwrap().iter().find(|l| l["label"] == label).unwrap();
        assert_eq!(ours["tokens"], theirs["ids"]);
        let (a, b) = (ours["log_prob"].as_f64().unwrap(), theirs["log_prob"].as_f64().unwrap());
        assert_near(a, b, 2e-3);
    }
    let column = |list: &Value, name: &str| list.as_array().unwrap().iter().map(|entry| entry[name].clone()).collect();
    let (ours, theirs) = (&printed["top"], &fixture["top_logits"]);
    let tokens: [Vec<Value>; 2] = [column(ours, "token"), column(theirs, "id")];
    assert_eq!(tokens[0], tokens[1]);
    let logits =
        |list| -> Vec<f64> { (column(list, "logit") as Vec<Value>).iter().map(|x| x.as_f64().unwrap()).collect() };
    assert_close(&logits(ours), &logits(theirs), 2e-2);
}

#[test]
fn raw_prompts_take_no_template_and_probabilities_add_up() {
    let printed = stdout(
        sim().args(["score", "--model", "tiny", "--prompt", "ab", "--raw", "--labels", "x,yz", "--format", "json"]),
        0,
    );
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["prompt"], "ab");
    let labels = printed["labels"].as_array().unwrap();
    let legal: f64 = labels.iter().map(|l| l["probability"].as_f64().unwrap()).sum();
    assert!((legal + printed["illegal_mass"].as_f64().unwrap() - 1.0).abs() < 1e-12);
    let shares: f64 = labels.iter().map(|l| l["share_of_labels"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-12);
}

#[test]
fn labels_that_begin_alike_to_the_end_are_refused() {
    let message = stderr(sim().args(["score", "--model", "tiny", "--prompt", "a", "--labels", "go,goal"]), 1);
    assert!(message.contains("go") && message.contains("goal"), "{message}");
}
