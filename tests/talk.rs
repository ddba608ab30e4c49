//! Agents that write a message before every round, from scenario to `messages.csv`.

use crate::support::{sim, stdout};
use agora::games::Observation;
use agora::policies::llm::prompt::{PromptConfig, PromptVariant};
use std::collections::BTreeMap;
use std::path::Path;

const TALKERS: &str = r#"(
    version: 1, name: "talkers", ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
    prompt: (decision: Generate, generation: (max_new_tokens: 2), talk: 1, message: (max_new_tokens: 6, characters: 4)),
    populations: [
        (name: "rloo", count: 2, policy: Llm(adapter: (rank: 2)), learner: Rloo()),
        (name: "ppo", policy: Llm(adapter: (rank: 2)), learner: Ppo(epochs: 2)),
        (name: "frozen", policy: Llm(prompt: (
            decision: Generate, generation: (max_new_tokens: 2), talk: 1, message: (temperature: 0.7, max_new_tokens: 6),
        ))),
        (name: "mute", policy: Llm(prompt: (decision: Generate, generation: (max_new_tokens: 2)))),
        (name: "script", policy: Scripted(TitForTat)),
    ],
    output: (moves: true),
)"#;

/// Every result of a run by file name.
fn run(folder: &Path, name: &str, threads: &str) -> BTreeMap<String, Vec<u8>> {
    let (path, out) = (folder.join("talkers.ron"), folder.join(name));
    std::fs::write(&path, TALKERS).unwrap();
    sim().arg("--scenario").arg(&path).arg("--out").arg(&out).args(["--threads", threads]).assert().success();
    let mut results = BTreeMap::new();
    for extension in ["csv", "safetensors"] {
        for path in crate::support::files(&out, extension) {
            results.insert(path.strip_prefix(&out).unwrap().display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    results
}

#[test]
fn messages_are_logged_for_those_who_talk_and_threads_change_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let one = run(dir.path(), "one", "1");
    assert_eq!(one, run(dir.path(), "three", "3"));
    assert_eq!(one.keys().filter(|name| name.ends_with("safetensors")).count(), 3, "who learns has an adapter");
    let mut reader = csv::Reader::from_reader(&one["messages.csv"][..]);
    let columns = agora::metrics::built_in().filter(|column| column.table == "messages.csv");
    assert_eq!(reader.headers().unwrap(), columns.map(|column| column.name).collect::<Vec<_>>());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    // Six agents, each meeting every other: five matches each; four of them talk; two rounds, two ticks.
    assert_eq!(rows.len(), 4 * 5 * 2 * 2);
    let said = |agent: &str| rows.iter().filter(|row| &row[4] == agent).map(|row| row[5].to_string()).collect();
    let (short, long): (Vec<String>, Vec<String>) = (said("rloo_0"), said("frozen_0"));
    assert!(short.iter().all(|text| text.chars().count() <= 4), "{short:?}");
    assert!(long.iter().any(|text| text.chars().count() > 4), "{long:?}");
    assert!(said("mute_0").is_empty() && said("script_0").is_empty());
    let moves = csv::Reader::from_reader(&one["moves.csv"][..]).into_records().map(Result::unwrap);
    assert_eq!(moves.count(), 6 * 5 * 2 * 2);
}

#[test]
fn who_talks_is_asked_for_a_sentence_and_then_reads_both() {
    let game = agora::games::catalog::game("prisoners_dilemma").unwrap();
    let config =
        PromptConfig { opponent: "Bo".into(), persona: Some(" You are patient. ".into()), ..Default::default() };
    let seen = Observation::Last { own: 0, others: 1 };
    let variant = PromptVariant { seat: 0, label_order: vec![1, 0], row_order: vec![0, 1], seen, reputation: None };
    let (plain, talk) = (config.render(&game, &variant), config.render_talk(&game, &variant));
    let after = config.render_after_talk(&game, &variant, Some("Trust me."), None);
    let (rules, question) = plain.split_once("\nWhich choice").unwrap();
    assert!(rules.starts_with("You are patient.\n\nYou play a game with Bo.") && talk.starts_with(rules), "{talk}");
    let last_round = "Last round you chose action1, Bo chose action2.";
    assert!(
        talk.ends_with(&format!("say one short sentence to Bo. Answer only this sentence.\n{last_round}")),
        "{talk}"
    );
    assert!(question.ends_with(last_round), "{plain}");
    assert_eq!(after, plain + " Before this round you said \"Trust me.\" and Bo said nothing.");
}

#[test]
fn nobody_talks_unless_asked_to() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    sim().args(["--scenario", "scenarios/quick_look.ron", "--ticks", "1", "--out"]).arg(&out).assert().success();
    assert!(!out.join("messages.csv").exists());
    let schema = stdout(sim().arg("schema"), 0);
    assert!(schema.contains("Messages to the opponent before every round"), "the schema documents talk");
}
