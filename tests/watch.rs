//! `sim watch`, where there is no terminal: one look as text.

use crate::support::{sim, stderr, stdout};
use std::path::Path;

fn run(out: &Path, seeds: &str) {
    sim()
        .args(["scenarios/scripted_tournament.ron", "--ticks", "5", "--set", "name=scripts", "--seeds", seeds, "--out"])
        .arg(out)
        .assert()
        .success();
}

#[test]
fn one_look_is_printed_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "1..2");
    let one = dir.path().join("scripts-s1");
    let files = || -> Vec<_> {
        let entries = std::fs::read_dir(&one).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = entries.map(|e| (e.file_name(), e.metadata().unwrap().modified().unwrap())).collect();
        files.sort();
        files
    };
    let before = files();
    let look = stdout(sim().arg("watch").arg(&one).arg("--once"), 0);
    for words in
        ["scripts-s1  scripts, seed 1  done", "tick 5 of 5 (100 %)", "cooperation_rate", "tit_for_tat", "took "]
    {
        assert!(look.contains(words), "no {words} in\n{look}");
    }
    assert!(look.lines().all(|line| line.chars().count() <= 80) && !look.contains('\u{1b}'), "{look}");
    assert_eq!(files(), before);
    let list = stdout(sim().arg("watch").arg(dir.path()).arg("--once"), 0);
    for words in ["2 runs: 2 done", "scripts-s1", "scripts-s2", "5/5"] {
        assert!(list.contains(words), "no {words} in\n{list}");
    }
}

#[test]
fn without_a_terminal_one_look_is_all_there_is() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "3");
    let said = stderr(sim().arg("watch").arg(dir.path().join("scripts-s3")), 0);
    assert!(said.contains("this is no terminal") && said.contains("--once"), "{said}");
    let message = stderr(sim().args(["watch", "nowhere"]), 2);
    assert!(message.contains("`nowhere` does not exist"), "{message}");
    let empty = tempfile::tempdir().unwrap();
    let message = stderr(sim().arg("watch").arg(empty.path()), 2);
    assert!(message.contains("no manifest.json in it"), "{message}");
}
