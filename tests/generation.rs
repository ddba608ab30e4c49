//! Agents that really decode their answers, from scenario to rows.

use crate::support::{Table, sim, stderr};
use agora::policies::llm::generate::parse;
use std::path::Path;

fn scenario(labels: &str, learner: &str) -> String {
    format!(
        r#"(
            version: 1, name: "talkers", ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(4),
            model: Random(family: Qwen3, layers: 2, hidden: 32, intermediate: 64, heads: 4, kv_heads: 2, head_dim: 8, vocab: 300),
            output: (generations: true, moves: true),
            prompt: (decision: Generate, generation: (max_new_tokens: 3), labels: {labels}),
            populations: [
                (name: "speaker", count: 3, policy: Llm(adapter: (rank: 2)), learner: {learner}),
                (name: "frozen", policy: Llm(prompt: (decision: Generate, generation: (temperature: 0.0), labels: {labels}))),
                (name: "labels", policy: Llm(prompt: (labels: {labels}))),
            ],
        )"#
    )
}

fn run(folder: &Path, name: &str, text: &str, threads: &str) -> std::path::PathBuf {
    let (path, out) = (folder.join(format!("{name}.ron")), folder.join(name));
    std::fs::write(&path, text).unwrap();
    sim().arg("--scenario").arg(&path).arg("--out").arg(&out).args(["--threads", threads]).assert().success();
    out
}

#[test]
fn every_learner_learns_from_texts_and_threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for learner in ["Reinforce", "Rloo", "Grpo", "Ppo"] {
        let text = scenario(r#"["a", "b"]"#, &format!("{learner}()"));
        let one = run(dir.path(), &format!("{learner}-1"), &text, "1");
        let two = run(dir.path(), &format!("{learner}-2"), &text, "2");
        for name in ["strategy_evolution.csv", "social_outcomes.csv", "generations.csv", "prompts.json"] {
            let read = |out: &Path| std::fs::read_to_string(out.join(name)).unwrap();
            assert_eq!(read(&one), read(&two), "{learner} {name}");
        }
        let mut reader = csv::Reader::from_path(one.join("strategy_evolution.csv")).unwrap();
        let columns = reader.headers().unwrap().clone();
        let column = |name: &str| columns.iter().position(|c| c == name).unwrap();
        let (agent, illegal, entropy) = (column("agent"), column("illegal_rate"), column("entropy"));
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 15);
        for row in &rows {
            assert!(!row[entropy].is_empty(), "{row:?}");
            if &row[agent] == "labels_0" {
                assert_eq!(&row[illegal], "0");
            } else {
                // A random model seldom says a label.
                assert!(row[illegal].parse::<f64>().unwrap() > 0.5, "{row:?}");
            }
        }
    }
}

#[test]
fn answers_are_kept_word_for_word() {
    let dir = tempfile::tempdir().unwrap();
    let text = scenario(r#"["a", "b"]"#, "Rloo()");
    let out = run(dir.path(), "kept", &text, "2");
    let (answers, moves) = (Table::read(&out, "generations.csv"), Table::read(&out, "moves.csv"));
    assert!(moves.rows_where("agent", "labels_0").len() > 3 && answers.rows_where("agent", "labels_0").is_empty());
    let keys = ["tick", "match", "round", "seat", "agent", "action"];
    let key = |table: &Table, row: usize| keys.map(|head| table.text(row, head).to_owned());
    let written = (0..moves.len()).filter(|&row| moves.text(row, "agent") != "labels_0");
    let (mut answered, mut distinct) = ((0..answers.len()), std::collections::BTreeSet::new());
    for row in written {
        let answer = answered.next().expect("every written move has its answer");
        assert_eq!(key(&answers, answer), key(&moves, row), "without noise, what was named was done");
        let text = answers.text(answer, "text");
        assert!(!text.contains('\n') && !text.chars().any(char::is_control), "{text:?}");
        let named = parse(text, &["a".into(), "b".into()])
            .map_or("illegal", |action| ["cooperate", "defect"][usize::from(action)]);
        assert_eq!(named, answers.text(answer, "action"), "{text}");
        distinct.insert(text.to_owned());
    }
    assert!(answered.next().is_none() && distinct.len() > 10, "{distinct:?}");
}

#[test]
fn sampling_that_learners_cannot_follow_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hot.ron");
    let text = scenario(r#"["a", "b"]"#, "Grpo()").replace("max_new_tokens: 3", "temperature: 0.7");
    std::fs::write(&path, text).unwrap();
    let message = stderr(sim().arg("--scenario").arg(&path), 2);
    assert!(message.contains("temperature 0.7") && message.contains("the model's own"), "{message}");
}
