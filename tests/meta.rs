//! `sim meta`: from the folders of runs to tables and a page.

use crate::support::{sim, stderr, stdout};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Three seeds of learners.
fn runs(out: &Path) {
    let mut sweep = sim();
    sweep.args(["sweep", "scenarios/quick_look.ron", "--ticks", "4", "--seeds", "1..3", "--out"]).arg(out.join("runs"));
    stdout(&mut sweep, 0);
}

/// The rows of a table, by head.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

#[test]
fn types_of_runs_and_strategies_meet_and_the_same_seed_gives_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    runs(dir.path());
    let meta = |out: &str| {
        let mut command = sim();
        command.arg("meta").arg(dir.path().join("runs")).args(["--strategy", "Gradual"]);
        command.args(["--draws", "200", "--matches", "50", "--out"]).arg(dir.path().join(out));
        stdout(&mut command, 0)
    };
    let text = meta("one");
    assert!(text.contains("selfish (3), utilitarian (3), deontological (3)"), "{text}");
    let one = dir.path().join("one");
    let measures = rows(&one.join("measures.csv"));
    assert_eq!(measures.len(), 5 * 5 * 4, "five types, four measures");
    let value = |row: &BTreeMap<String, String>, head: &str| row[head].parse::<f64>().unwrap();
    for row in measures.iter().filter(|row| row["type"] == "selfish" || row["opponent"] == "utilitarian") {
        let [low, middle, high] = ["low", "value", "high"].map(|head| value(row, head));
        assert!(low <= middle + 1e-9 && middle <= high + 1e-9, "{row:?}");
    }
    // Two strategies: no seeds, and an interval of no width.
    let fixed = measures.iter().find(|row| row["type"] == "tit_for_tat" && row["opponent"] == "tit_for_tat").unwrap();
    assert_eq!([value(fixed, "low"), value(fixed, "high")], [3.0, 3.0]);
    let long_run = rows(&one.join("long_run.csv"));
    let shares: f64 = long_run
        .iter()
        .filter(|row| row["population"] == "50" && row["strength"] == "0.1")
        .map(|row| value(row, "share"))
        .sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    let sampled = rows(&one.join("sampled.csv"));
    assert!(!sampled.is_empty() && sampled.iter().all(|row| row["matches"].parse::<u64>().unwrap() >= 50));
    let document: Value = serde_json::from_str(&fs::read_to_string(one.join("meta.json")).unwrap()).unwrap();
    assert_eq!(document["types"].as_array().unwrap().len(), 5);
    assert!(fs::read_to_string(one.join("meta.html")).unwrap().contains("5 types in prisoners_dilemma"));
    assert!(fs::read_to_string(one.join("game.nfg")).unwrap().starts_with("NFG 1 R "));
    meta("two");
    for entry in fs::read_dir(&one).unwrap().map(Result::unwrap) {
        let other = dir.path().join("two").join(entry.file_name());
        assert!(fs::read(entry.path()).unwrap() == fs::read(other).unwrap(), "{:?}", entry.file_name());
    }
}

#[test]
fn wrong_use_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let refused = |arguments: &[&str]| stderr(sim().arg("meta").args(arguments).arg("--out").arg(&out), 2);
    assert!(refused(&["nowhere"]).contains("`nowhere` does not exist"));
    assert!(refused(&["--strategy", "TitForTat"]).contains("expected two or more"));
    assert!(refused(&["--strategy", "TitForTatt"]).contains("did you mean `TitForTat`"));
    let two = ["--strategy", "TitForTat", "--strategy", "AlwaysDefect"];
    let with = |more: &[&'static str]| refused(&[&two[..], more].concat());
    assert!(with(&["--strength=-1"]).contains("expected 0 to 1e9"));
    assert!(with(&["--population", "1"]).contains("expected 2 to 100000"));
    assert!(with(&["--set", "game=PublicGoods(players: 3, multiplier: 1.5)"]).contains("seats 3"));
    assert!(refused(&["scenarios/quick_look.ron"]).contains("is no scripted strategy"));
    assert!(!out.exists(), "nothing is written");
}
