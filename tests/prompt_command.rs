//! `sim prompt` prints what agents read, and the probabilities that the first tick is played by.

use crate::support::{Table, root, run_text, sim, stderr, stdout};
use serde_json::Value;

const SCENARIO: &str = "scenarios/quick_look.ron";

fn prompt(more: &[&str]) -> assert_cmd::Command {
    let mut command = sim();
    command.args(["prompt", SCENARIO]).args(more).current_dir(root());
    command
}

#[test]
fn probabilities_are_those_of_the_first_tick() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&std::fs::read_to_string(root().join(SCENARIO)).unwrap(), &out, 1);
    let table = Table::read(&out, "strategy_evolution.csv");
    let readers: Vec<Value> = serde_json::from_str(&stdout(&mut prompt(&["--format", "json"]), 0)).unwrap();
    let mut compared = 0;
    for reader in &readers {
        for agent in reader["agents"].as_array().unwrap() {
            let row = table.rows_where("agent", agent.as_str().unwrap())[0];
            for shown in reader["prompts"].as_array().unwrap() {
                let history = shown["history"].as_str().unwrap().to_lowercase();
                let cooperate = shown["answers"][0]["probability"].as_f64().unwrap();
                let played = table.number(row, &format!("p_c_{history}")).unwrap();
                assert!((cooperate - played).abs() < 1e-6, "{agent} {history}: {cooperate}, played {played}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 10, "{compared}");
}

#[test]
fn a_run_keeps_what_this_command_prints() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let text = std::fs::read_to_string(root().join(SCENARIO)).unwrap();
    run_text(&text, &out, 2);
    let kept = std::fs::read_to_string(out.join("prompts.json")).unwrap();
    assert_eq!(kept, stdout(&mut prompt(&["--format", "json"]), 0));
    let scripts = dir.path().join("scripts");
    run_text(&std::fs::read_to_string(root().join("scenarios/scripted_tournament.ron")).unwrap(), &scripts, 2);
    assert!(!scripts.join("prompts.json").exists(), "nobody is asked anything");
}

#[test]
fn one_agent_and_one_history_can_be_asked_for_and_others_are_named() {
    let text = stdout(&mut prompt(&["--agent", "selfish", "--history", "cd"]), 0);
    assert!(text.starts_with("== selfish_0") && text.matches("\n-- ").count() == 1, "{text}");
    assert!(text.contains("after CD") && text.contains("cooperate: 0."), "{text}");
    let message = stderr(&mut prompt(&["--agent", "selfsh"]), 2);
    assert!(message.contains("no language model `selfsh`") && message.contains("`selfish_0`"), "{message}");
    let message = stderr(&mut prompt(&["--history", "CE"]), 2);
    assert!(message.contains("no history `CE`"), "{message}");
    let message = stderr(sim().args(["prompt", "scenarios/scripted_tournament.ron"]).current_dir(root()), 2);
    assert!(message.contains("none reads a prompt"), "{message}");
}

#[test]
fn what_is_on_no_label_is_shown_and_texts_are_said_to_be_decoded() {
    let set = "populations.selfish.policy.prompt=(decision: Free)";
    let free: Vec<Value> =
        serde_json::from_str(&stdout(&mut prompt(&["--set", set, "--agent", "selfish", "--format", "json"]), 0))
            .unwrap();
    for shown in free[0]["prompts"].as_array().unwrap() {
        let answers = shown["answers"].as_array().unwrap();
        assert_eq!((answers.len(), &answers[2]["label"]), (3, &Value::from("illegal")));
        let sum: f64 = answers.iter().map(|answer| answer["probability"].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
    let set = "populations.selfish.policy.prompt=(decision: Generate, generation: (max_new_tokens: 2))";
    let decoded = stdout(&mut prompt(&["--set", set, "--agent", "selfish", "--history", "start"]), 0);
    assert!(decoded.starts_with("== selfish_0, selfish_1\n") && decoded.contains("cooperate: decoded"), "{decoded}");
}
