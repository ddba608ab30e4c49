//! `sim evaluate`: the suite, put to the models that a run trained.

use crate::support::{sim, stderr, stdout};
use crate::testing::assert_close;
use std::path::Path;

fn trained_run(out: &Path) {
    let quick = ["--scenario", "scenarios/quick_look.ron", "--ticks", "2", "--out"];
    sim().args(quick).arg(out).assert().success();
}

type Row = std::collections::BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let row = |record: csv::StringRecord| heads.iter().cloned().zip(record.iter().map(String::from)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
}

#[test]
fn asks_everybody_everything_and_gives_the_same_bytes_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    trained_run(&run);
    let printed = stdout(sim().arg("evaluate").arg(&run).args(["--episodes", "40", "--threads", "1"]), 0);
    assert!(printed.contains("selfish_0") && printed.contains("always_defect"), "{printed}");
    let rows = rows(&run.join("evaluation.csv"));
    let adapters = std::fs::read_dir(run.join("adapters")).unwrap().count();
    assert!(adapters >= 2);
    // Exact and sampled; three anchors in five games; the untrained model and each adapter are asked all 24, the
    // prompted ones 5.
    assert_eq!(rows.len(), 2 * (3 * 5 + (1 + adapters) * 24 + 2 * 5));
    for row in &rows {
        let shares = ["c_after_c", "d_after_c", "illegal_after_c", "c_after_d", "d_after_d", "illegal_after_d"];
        let total: f64 = shares.iter().map(|share| number(row, share)).sum();
        assert!((total - 1.0).abs() < 1e-5, "{row:?}");
    }
    let selfish = rows.iter().filter(|row| row["agent"] == "selfish_0" && row["part"] == "game");
    for pair in selfish.collect::<Vec<_>>().chunks_exact(2) {
        let (exact, sampled) = (pair[0], pair[1]);
        assert_eq!([&exact["estimate"], &sampled["estimate"]], ["exact", "sampled"]);
        // 200 decisions: five standard errors of a share.
        assert!((number(exact, "c_after_c") - number(sampled, "c_after_c")).abs() < 5.0 * (0.25f64 / 200.0).sqrt());
    }
    let again = dir.path().join("again.csv");
    let threads = ["--episodes", "40", "--threads", "2", "--out"];
    sim().arg("evaluate").arg(&run).args(threads).arg(&again).assert().success();
    assert_eq!(std::fs::read(run.join("evaluation.csv")).unwrap(), std::fs::read(&again).unwrap());
    let message = stderr(sim().arg("evaluate").arg(&run), 1);
    assert!(message.contains("is there already"), "{message}");
}

/// On the published stream, always defecting is fined 4 in 23 of 50 decisions; against an even opponent, half of the
/// time.
#[test]
fn histories_are_as_asked_and_named_in_the_table() {
    let dir = tempfile::tempdir().unwrap();
    for (histories, fine, shortfall) in [("even", 2.0, 0.25), ("published", 1.84, 0.263_333)] {
        let out = dir.path().join(histories);
        let arguments = ["--model", "tiny", "--parts", "game", "--penalty", "4", "--histories", histories, "--out"];
        let printed = stdout(sim().arg("evaluate").args(arguments).arg(&out), 0);
        assert!(printed.contains(&format!("histories {histories}")), "{printed}");
        let rows = rows(&out);
        assert!(rows.iter().all(|row| row["histories"] == histories));
        let anchor = |row: &&Row| row["agent"] == "always_defect" && row["game"] == "prisoners_dilemma";
        let row = rows.iter().find(anchor).unwrap();
        assert_close(
            &[number(row, "fine_deontological"), number(row, "shortfall_utilitarian")],
            &[fine, shortfall],
            1e-6,
        );
    }
}

#[test]
fn training_changes_the_answers() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    trained_run(&run);
    sim().arg("evaluate").arg(&run).assert().success();
    let rows = rows(&run.join("evaluation.csv"));
    let answer = |agent: &str| {
        let asked = |row: &&Row| row["agent"] == agent && row["labels"] == "trained" && row["game"] == "stag_hunt";
        number(rows.iter().find(asked).unwrap(), "p_c_cc")
    };
    assert!((answer("selfish_0") - answer("untrained")).abs() > 1e-6);
}

#[test]
fn wrong_use_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    trained_run(&run);
    let out = dir.path().join("rows.csv");
    let refuse = |arguments: &[&str], code, parts: &[&str]| {
        let message = stderr(sim().arg("evaluate").args(arguments).arg("--out").arg(&out), code);
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message}");
        }
        assert!(!out.exists(), "nothing is left behind");
    };
    let at = run.to_str().unwrap();
    let adapter = run.join("adapters/selfish_0");
    let adapter = adapter.to_str().unwrap();
    // One label's tokens begin the other's.
    refuse(&[at, "--labels", "act,action"], 1, &["prisoners_dilemma", "begins with all tokens"]);
    refuse(&[at, "--labels", "a,b,c"], 2, &["3 labels", "expected two"]);
    refuse(&[at, "--histories", "published", "--rounds", "3"], 2, &["over 5 rounds", "--rounds is 3"]);
    refuse(&[at, "--histories", "evn"], 2, &["expected even or published"]);
    refuse(&[at, "--penalty=-1"], 2, &["--penalty is -1"]);
    refuse(&[at, "--parts", "game,labls"], 2, &["did you mean `labels`?"]);
    refuse(&["scenarios"], 1, &["is not the folder of a run"]);
    // An adapter of `tiny` on another base.
    let other = dir.path().join("other.ron");
    let text = "(version: 1, ticks: 1, game: Named(\"prisoners_dilemma\"), rounds: Fixed(1), matchmaking: SelfPlay, \
                model: Random(family: Qwen3, hidden: 32, intermediate: 64, layers: 1, heads: 2, kv_heads: 1, head_dim: 16, vocab: 260), \
                populations: [(name: \"m\", policy: Llm(), learner: Reinforce())])";
    std::fs::write(&other, text).unwrap();
    let foreign = dir.path().join("foreign");
    sim().arg("--scenario").arg(&other).arg("--out").arg(&foreign).assert().success();
    refuse(&[foreign.to_str().unwrap(), "--adapter", adapter], 1, &["it was trained on tiny", "load it on the base"]);
    refuse(&[at, foreign.to_str().unwrap()], 1, &["evaluate the runs of each model by themselves"]);
    std::fs::remove_dir_all(run.join("adapters/selfish_0")).unwrap();
    refuse(&[at], 1, &["there is no adapter of `selfish_0`"]);
}
