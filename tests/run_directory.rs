//! What a run leaves behind.

use crate::support::{sim, stderr, stdout};
use serde_json::Value;
use std::path::Path;

fn quick_look(out: &Path) -> String {
    stdout(sim().args(["--scenario", "scenarios/quick_look.ron", "--ticks", "3", "--out"]).arg(out), 0)
}

#[test]
fn holds_tables_manifest_scenario_and_adapters_and_the_summary_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("deep/run");
    let printed = quick_look(&out);
    assert!(printed.contains("selfish") && printed.contains("nearest"), "{printed}");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["status"], "done");
    assert_eq!(manifest["ticks_played"], 3);
    assert_eq!(manifest["model"]["name"], "tiny");
    let mut evolution = csv::Reader::from_path(out.join("strategy_evolution.csv")).unwrap();
    let columns: Vec<String> = evolution.headers().unwrap().iter().map(String::from).collect();
    assert_eq!(columns[..4], ["tick", "agent", "population", "policy"]);
    let rows: Vec<csv::StringRecord> = evolution.records().map(Result::unwrap).collect();
    let agents = rows.iter().filter(|row| &row[0] == "0").count();
    assert_eq!(rows.len(), 3 * agents);
    for row in &rows {
        let number = |name: &str| -> f64 { row[columns.iter().position(|c| c == name).unwrap()].parse().unwrap() };
        let terms = columns.iter().filter(|c| c.starts_with("reward_") && *c != "reward_mean");
        let sum: f64 = terms.map(|c| number(c)).sum();
        assert!((sum - number("reward_mean")).abs() < 1e-5, "terms add up: {row:?}");
    }
    let outcomes = std::fs::read_to_string(out.join("social_outcomes.csv")).unwrap();
    assert_eq!(outcomes.lines().count(), 1 + 3);
    for file in ["adapter_config.json", "adapter_model.safetensors"] {
        assert!(out.join("adapters/selfish_0").join(file).is_file(), "{file}");
    }
}

#[test]
fn the_resolved_scenario_repeats_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    quick_look(&first);
    sim().arg("--scenario").arg(first.join("scenario.ron")).arg("--out").arg(&second).assert().success();
    for file in ["scenario.ron", "strategy_evolution.csv", "social_outcomes.csv"] {
        assert_eq!(std::fs::read(first.join(file)).unwrap(), std::fs::read(second.join(file)).unwrap(), "{file}");
    }
}

#[test]
fn as_many_matches_are_played_as_the_dry_run_says() {
    let cases = [
        (r#"Named("prisoners_dilemma")"#, "RoundRobin", 45),
        ("PublicGoods(players: 4, multiplier: 1.6)", "RoundRobin", 2),
        ("PublicGoods(players: 3, multiplier: 1.6)", "RandomPairs(repeats: 5)", 15),
        (r#"Named("prisoners_dilemma")"#, r#"FixedPairs([("a", "a"), ("a", "b")])"#, 21 + 21),
    ];
    for (game, matchmaking, matches) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (file, out) = (dir.path().join("scenario.ron"), dir.path().join("run"));
        let text = format!(
            r#"(version: 1, ticks: 1, game: {game}, rounds: Fixed(1), matchmaking: {matchmaking}, populations: [
                (name: "a", count: 7, policy: Scripted(Random())), (name: "b", count: 3, policy: Scripted(Alternator))])"#
        );
        std::fs::write(&file, text).unwrap();
        let plan = stdout(sim().arg("--scenario").arg(&file).arg("--dry-run"), 0);
        assert!(plan.contains(&format!("each {matches} matches")), "{matchmaking}: {plan}");
        sim().arg("--scenario").arg(&file).arg("--out").arg(&out).assert().success();
        let outcomes = std::fs::read_to_string(out.join("social_outcomes.csv")).unwrap();
        assert!(outcomes.lines().nth(1).unwrap().starts_with(&format!("0,{matches},")), "{matchmaking}: {outcomes}");
    }
}

#[test]
fn a_folder_that_holds_files_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine.txt"), "precious").unwrap();
    let message = stderr(sim().args(["--scenario", "scenarios/quick_look.ron", "--out"]).arg(dir.path()), 1);
    assert!(message.contains("is not empty") && message.contains("--out"), "{message}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_to_string(dir.path().join("mine.txt")).unwrap(), "precious");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_sentence() {
    // Every write to /dev/full fails as on a full disk; nothing else does so without privileges.
    let message = stderr(sim().args(["--scenario", "scenarios/quick_look.ron", "--out", "/dev/full/run"]), 1);
    assert!(message.contains("cannot write") && message.contains("/dev/full"), "{message}");
}

#[test]
fn an_exploding_learner_stops_learning_with_its_name_and_tick() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut command = sim();
    let explodes = ["--ticks", "6", "--set", "populations.selfish.learner.optimizer.lr=1e30"];
    command.args(["--scenario", "scenarios/quick_look.ron"]).args(explodes);
    let message = stderr(command.arg("--out").arg(&out), 1);
    assert!(message.contains("agent selfish_0 stopped learning at tick 1"), "{message}");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["status"], "done");
    assert_eq!(manifest["halted"][0]["agent"], "selfish_0");
    let evolution = std::fs::read_to_string(out.join("strategy_evolution.csv")).unwrap();
    assert!(!evolution.contains("NaN") && !evolution.contains("inf"), "{evolution}");
}
