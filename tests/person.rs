//! `sim play` seats a person in the world that agents play in; `sim chat` lets a person talk to one.

use crate::support::{Table, run_text, sim, stderr, stdout};
use serde_json::Value;
use std::path::Path;

fn play(args: &[&str], typed: &str) -> assert_cmd::Command {
    let mut command = sim();
    command.arg("play").args(args).write_stdin(typed.to_owned());
    command
}

fn chat(args: &[&str], typed: &str) -> assert_cmd::Command {
    let mut command = sim();
    command.arg("chat").args(args).write_stdin(typed.to_owned());
    command
}

/// A finished run of one learner on the built-in model.
fn finished_run(out: &Path) {
    let text = r#"(version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(4), model: Named("tiny"),
        populations: [(name: "kind", policy: Llm(adapter: (rank: 2)), learner: Grpo(), rewards: [(term: Utilitarian)]),
        (name: "table", policy: QLearning()), (name: "grim", policy: Scripted(Grim))])"#;
    run_text(text, out, 1);
}

#[test]
fn a_match_with_a_script_is_played_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("kept");
    let args = ["--against", "tit_for_tat", "--rounds", "5", "--out", out.to_str().unwrap()];
    let printed = stdout(&mut play(&args, "c\ndefect\nwhat\n?\n1\nC\ncoop\n"), 0);
    assert!(printed.contains("After 5 rounds: you 13 (2.60 per round), tit_for_tat_0 13 (2.60)."), "{printed}");
    assert!(
        printed.contains("one of cooperate (1), defect (2)") && printed.contains("nearest strategy: tit_for_tat"),
        "{printed}"
    );
    assert_eq!(printed.matches("cooperate  3, 3").count(), 2, "the rules at the start and once more: {printed}");
    let moves = Table::read(&out, "moves.csv");
    let of = |agent: &str| -> Vec<String> {
        moves.rows_where("agent", agent).iter().map(|&row| moves.text(row, "action").to_owned()).collect()
    };
    assert_eq!(of("you_0"), ["cooperate", "defect", "cooperate", "cooperate", "cooperate"]);
    assert_eq!(of("tit_for_tat_0"), ["cooperate", "cooperate", "defect", "cooperate", "cooperate"]);
    assert!(out.join("report.html").is_file());
    assert!(stdout(sim().args(["verify", "--hashes-only"]).arg(&out), 0).contains("match the manifest"));
    assert!(stderr(sim().arg("verify").arg(&out), 2).contains("a person played in"));
    assert!(stdout(sim().arg("show").arg(&out), 0).contains("  game    prisoners_dilemma"), "its scenario can be read");
    let again = stderr(&mut play(&args, "c\n"), 1);
    assert!(again.contains("is not empty"), "{again}");
}

#[test]
fn a_person_who_leaves_early_is_told_the_score_and_the_opponent() {
    let printed = stdout(&mut play(&["--seed", "3"], "d\nd\nq\n"), 0);
    assert!(printed.contains("against your opponent") && printed.contains("After 2 rounds: you "), "{printed}");
    assert!(printed.contains("It was ") && printed.contains("Rule:"), "{printed}");
    let printed = stdout(&mut play(&["--against", "grim", "--matches", "2", "--rounds", "2"], "c\nc\nd\nd\n"), 0);
    assert!(printed.contains("match 2, round 2 of 2") && printed.contains("After 4 rounds: you 11"), "{printed}");
    assert!(stdout(&mut play(&["--against", "grim"], ""), 0).contains("No round was played."));
}

#[test]
fn agents_of_a_run_are_met_as_the_run_left_them() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    finished_run(&out);
    let run = out.to_str().unwrap();
    let printed = stdout(&mut play(&[run, "--against", "kind"], "c\nc\nd\nd\n"), 0);
    assert!(printed.contains("against kind_0") && printed.contains("trained on the utilitarian reward"), "{printed}");
    assert!(printed.contains("After 4 rounds: you "), "{printed}");
    // Its probabilities are those of its adapter.
    let said = printed.lines().find(|line| line.starts_with("It cooperates with probability")).unwrap();
    let mut ask = sim();
    ask.arg("prompt").arg(out.join("scenario.ron")).args(["--agent", "kind", "--format", "json"]);
    let adapter = format!("populations.kind.policy.from=\"{}\"", out.join("adapters/kind_0").display());
    let readers: Vec<Value> = serde_json::from_str(&stdout(ask.args(["--set", &adapter]), 0)).unwrap();
    for prompt in readers[0]["prompts"].as_array().unwrap() {
        let p = prompt["answers"][0]["probability"].as_f64().unwrap();
        assert!(said.contains(&format!("{p:.2}")), "{said}: {prompt}");
    }
    let message = stderr(&mut play(&[run, "--against", "table"], ""), 2);
    assert!(message.contains("is not kept after its run"), "{message}");
    let message = stderr(&mut play(&[run, "--against", "kindd"], ""), 2);
    assert!(message.contains("did you mean `kind`?"), "{message}");
}

#[test]
fn an_answer_is_drawn_from_the_model_and_the_same_for_the_same_seed() {
    let greedy = ["--model", "tiny", "--temperature", "0", "--max-tokens", "1"];
    let printed = stdout(&mut chat(&greedy, "hello\n"), 0);
    let mut score = sim();
    score.args(["score", "--model", "tiny", "--prompt", "hello", "--labels", "a,b", "--top", "1", "--format", "json"]);
    let scores: Value = serde_json::from_str(&stdout(&mut score, 0)).unwrap();
    let likeliest = scores["top"][0]["text"].as_str().unwrap();
    assert!(printed.contains(&format!("tiny > {likeliest}")), "{likeliest:?}: {printed}");
    let drawn = |seed: &str, typed: &str| {
        stdout(&mut chat(&["--model", "tiny", "--max-tokens", "12", "--temperature", "1", "--seed", seed], typed), 0)
    };
    assert_eq!(drawn("1", "hello\nagain\n"), drawn("1", "hello\nagain\n"));
    assert_ne!(drawn("1", "hello\n"), drawn("2", "hello\n"));
    assert!(drawn("1", "/reset\n\n/quit\nnever read\n").contains("(forgotten)"));
}

#[test]
fn an_agent_is_talked_to_with_its_adapter() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    finished_run(&out);
    let run = out.to_str().unwrap();
    let printed = stdout(&mut chat(&[run, "--max-tokens", "4"], "hello\n"), 0);
    assert!(printed.contains("You talk to kind_0") && printed.contains("kind_0 > "), "{printed}");
    let message = stderr(&mut chat(&[run, "--agent", "table"], ""), 2);
    assert!(
        message.contains("no language model that learned is called `table`") && message.contains("kind_0"),
        "{message}"
    );
    let message = stderr(&mut chat(&[dir.path().to_str().unwrap()], ""), 2);
    assert!(message.contains("holds runs"), "{message}");
    let message = stderr(&mut chat(&["--top-p", "0"], ""), 2);
    assert!(message.contains("--top-p is 0"), "{message}");
}
