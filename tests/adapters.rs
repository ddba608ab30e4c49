//! Adapters on disk: what a run saves is what `sim score` and a later run load.

use crate::support::{sim, stdout};
use serde_json::Value;
use std::path::Path;

fn train(out: &Path) {
    sim().args(["--scenario", "scenarios/quick_look.ron", "--ticks", "6", "--out"]).arg(out).assert().success();
}

fn log_probs(adapter: Option<&Path>) -> Vec<f64> {
    let mut command = sim();
    command.args(["score", "--model", "tiny", "--prompt", "hm?", "--labels", "yes,no", "--format", "json"]);
    if let Some(dir) = adapter {
        command.arg("--adapter").arg(dir);
    }
    let printed: Value = serde_json::from_str(&stdout(&mut command, 0)).unwrap();
    printed["labels"].as_array().unwrap().iter().map(|l| l["log_prob"].as_f64().unwrap()).collect()
}

#[test]
fn a_saved_adapter_scores_otherwise_than_the_base_model() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    train(&out);
    let tuned = log_probs(Some(&out.join("adapters/selfish_0")));
    assert!(log_probs(None).iter().zip(&tuned).any(|(a, b)| (a - b).abs() > 1e-4));
}

#[test]
fn an_agent_may_start_from_a_saved_adapter_and_stay_frozen() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    train(&first);
    let adapter = first.join("adapters/selfish_0");
    let scenario = format!(
        r#"(
            version: 1, name: "loaded", ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(3),
            model: Named("tiny"),
            populations: [
                (name: "trained", policy: Llm(from: {:?})),
                (name: "untrained", policy: Llm()),
            ],
        )"#,
        adapter.display().to_string()
    );
    let path = dir.path().join("loaded.ron");
    std::fs::write(&path, scenario).unwrap();
    sim().arg("--scenario").arg(&path).arg("--out").arg(&second).assert().success();
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_path(second.join("strategy_evolution.csv")).unwrap().records().map(Result::unwrap).collect();
    let table = |row: &csv::StringRecord| row.iter().skip(7).take(5).map(String::from).collect::<Vec<_>>();
    assert_ne!(table(&rows[0]), table(&rows[1]), "the trained one plays otherwise");
    assert_eq!(table(&rows[0]), table(&rows[2]), "and stays as it is");
    assert_eq!(table(&rows[1]), table(&rows[3]));
    assert!(!second.join("adapters").exists(), "nobody learned, nothing to save");
}

#[test]
fn an_adapter_of_another_base_is_refused_by_a_run_that_would_start_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = dir.path().join("first");
    train(&first);
    let from = first.join("adapters/selfish_0").display().to_string();
    let scenario = format!(
        r#"(version: 1, ticks: 4, game: Named("prisoners_dilemma"), rounds: Fixed(2),
            model: Random(family: Qwen3, hidden: 32, intermediate: 64, layers: 1, heads: 2, kv_heads: 1, head_dim: 16,
                vocab: 260),
            evolution: (rule: Fermi(strength: 1.0), inherit: (strategy: false, learned: Lamarckian)),
            populations: [(name: "a", count: 2, policy: Llm(from: {from:?}), learner: Grpo())])"#
    );
    let path = dir.path().join("foreign.ron");
    std::fs::write(&path, scenario).unwrap();
    let mut run = sim();
    run.arg("--scenario").arg(&path).arg("--out").arg(dir.path().join("second"));
    let output = run.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("it was trained on tiny"), "{said}");
}
