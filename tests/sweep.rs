//! `--seeds`: what each seed leaves, what a second sweep does, what stops a sweep before it starts.

use crate::support::{edit_manifest, files, results, sim, stderr};
use serde_json::Value;
use std::fs::File;
use std::path::Path;

/// No model, two ticks, random draws: done in no time, and different from seed to seed.
const SCRIPTED: [&str; 6] =
    ["--scenario", "scenarios/scripted_tournament.ron", "--ticks", "2", "--set", "rounds=Fixed(20)"];
const LLM: [&str; 4] = ["--scenario", "scenarios/quick_look.ron", "--ticks", "2"];

/// Runs `sim` and returns standard output and standard error; the test fails unless it exits with `code`.
fn run(args: &[&str], more: &[&str], out: &Path, code: i32) -> (String, String) {
    let mut command = sim();
    command.args(args).args(more).arg("--out").arg(out);
    let output = command.assert().code(code).get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn seeds_run_once_and_are_skipped_the_second_time() {
    let dir = tempfile::tempdir().unwrap();
    let (table, told) = run(&LLM, &["--seeds", "1..3"], dir.path(), 0);
    assert!(told.contains("seeds 1..3") && told.contains("seed 3 (3 of 3): done in"), "{told}");
    assert!(table.contains("seeds 1, 2, 3; tick 1") && table.contains(" [") && table.contains("selfish"), "{table}");
    let first = results(dir.path());
    let pages = files(dir.path(), "html");
    assert_eq!(pages.iter().filter(|path| path.ends_with("report.html")).count(), 3);
    let over_seeds = std::fs::read_to_string(dir.path().join("quick_look.html")).unwrap();
    assert!(over_seeds.contains("\"seeds\":[1,2,3]") && table.contains("quick_look.html"), "{table}");
    let manifest = std::fs::read(dir.path().join("quick_look-s2/manifest.json")).unwrap();
    let (again, told) = run(&LLM, &["--seeds", "1..3"], dir.path(), 0);
    assert_eq!(told.matches("done before, skipped").count(), 3, "{told}");
    assert_eq!(again, table);
    assert_eq!(results(dir.path()), first);
    assert_eq!(std::fs::read(dir.path().join("quick_look-s2/manifest.json")).unwrap(), manifest);
    let (_, told) = run(&LLM, &["--seeds", "2..=4"], dir.path(), 0);
    assert!(told.matches("skipped").count() == 2 && told.contains("seed 4 (3 of 3): done in"), "{told}");
}

#[test]
fn a_seed_of_a_sweep_is_the_run_of_that_seed() {
    for args in [LLM.as_slice(), SCRIPTED.as_slice()] {
        let dir = tempfile::tempdir().unwrap();
        let name = if args == LLM { "quick_look-s5" } else { "scripted_tournament-s5" };
        run(args, &["--seeds", "4,5"], &dir.path().join("sweep"), 0);
        run(args, &["--seed", "5"], &dir.path().join("alone").join(name), 0);
        let alone = results(&dir.path().join("alone"));
        assert!(alone.len() > 3, "{:?}", alone.keys());
        let mut swept = results(&dir.path().join("sweep"));
        swept.retain(|file, _| file.starts_with(name));
        assert_eq!(swept, alone);
    }
}

#[test]
fn side_by_side_is_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = |threads: &str| {
        let out = dir.path().join(threads);
        let (printed, _) = run(&SCRIPTED, &["--seeds", "1..5", "--threads", threads], &out, 0);
        // Below the table is the path of the page, which is in this folder.
        let (table, _) = printed.split_once("Report over seeds").unwrap();
        (table.to_owned(), results(&out))
    };
    let (serial, parallel) = (sweep("1"), sweep("4"));
    assert_eq!(serial.1.len(), 5 * 5, "moves, pairs, two tables, scenario");
    assert_eq!(serial, parallel);
    assert_ne!(
        serial.1["scripted_tournament-s1/strategy_evolution.csv"],
        serial.1["scripted_tournament-s2/strategy_evolution.csv"]
    );
}

#[test]
fn an_unfinished_seed_is_restarted_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    run(&LLM, &["--seeds", "1,2"], dir.path(), 0);
    let whole = results(dir.path());
    let cut_off = dir.path().join("quick_look-s2");
    edit_manifest(&cut_off, "status", "running");
    std::fs::write(cut_off.join("strategy_evolution.csv"), "tick,agent\n0,sel").unwrap();
    std::fs::write(cut_off.join("left over.csv"), "x\n").unwrap();
    std::fs::remove_dir_all(cut_off.join("adapters")).unwrap();
    let (plan, _) = run(&LLM, &["--seeds", "1,2", "--dry-run"], dir.path(), 0);
    assert!(plan.contains("seed 2 (2 of 2): to be restarted") && plan.contains("to be skipped"), "{plan}");
    assert!(cut_off.join("left over.csv").exists(), "a dry run touches nothing");
    std::fs::write(cut_off.join("checkpoint.bin"), "").unwrap();
    edit_manifest(&cut_off, "status", "interrupted");
    let (plan, _) = run(&LLM, &["--seeds", "1,2", "--dry-run"], dir.path(), 0);
    assert!(plan.contains("to be resumed from its last checkpoint in"), "{plan}");
    assert!(plan.contains("where the run was interrupted") && !plan.contains("removed"), "{plan}");
    std::fs::remove_file(cut_off.join("checkpoint.bin")).unwrap();
    let (_, told) = run(&LLM, &["--seeds", "1,2"], dir.path(), 0);
    assert!(told.contains("seed 2 (2 of 2): restarted") && told.contains("files are removed"), "{told}");
    assert_eq!(results(dir.path()), whole);
}

#[test]
fn everything_in_the_way_is_named_before_anything_starts() {
    let dir = tempfile::tempdir().unwrap();
    let folder = |seed: u64| dir.path().join(format!("quick_look-s{seed}"));
    run(&LLM, &["--seeds", "1"], dir.path(), 0);
    std::fs::create_dir(folder(2)).unwrap();
    std::fs::write(folder(2).join("mine.txt"), "precious").unwrap();
    std::fs::create_dir(folder(3)).unwrap();
    std::fs::write(folder(3).join("manifest.json"), "{").unwrap();
    std::fs::write(folder(4), "a file").unwrap();
    let before = results(dir.path());
    let (_, told) = run(&LLM, &["--seeds", "1..6", "--set", "rounds=Fixed(4)"], dir.path(), 1);
    let expected =
        ["s1 holds a run of `quick_look` with other settings", "s2 holds files", "s3/manifest.json", "s4 is a file"];
    for words in expected {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert!(told.contains("--out") && !folder(5).exists() && !folder(6).exists(), "{told}");
    assert_eq!(results(dir.path()), before);
    assert_eq!(std::fs::read_dir(folder(2)).unwrap().count(), 1);
}

#[test]
fn a_run_that_is_going_on_and_one_on_other_weights_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    run(&LLM, &["--seeds", "1"], dir.path(), 0);
    let folder = dir.path().join("quick_look-s1");
    edit_manifest(&folder, "status", "running");
    let held = File::options().write(true).open(folder.join(".lock")).unwrap();
    held.lock().unwrap();
    let (_, told) = run(&LLM, &["--seeds", "1,2"], dir.path(), 1);
    assert!(told.contains("still going on"), "{told}");
    assert!(folder.join("strategy_evolution.csv").exists());
    drop(held);
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    manifest["status"] = "done".into();
    manifest["model"]["sha256"] = "00ff".into();
    std::fs::write(path, manifest.to_string()).unwrap();
    for seeds in ["1", "1,2"] {
        let (_, told) = run(&LLM, &["--seeds", seeds], dir.path(), 1);
        assert!(told.contains("other weights of the model tiny") && told.contains("00ff"), "{told}");
    }
    assert!(!dir.path().join("quick_look-s2").exists());
}

#[test]
fn a_learner_that_was_stopped_is_an_error_the_second_time_too() {
    let dir = tempfile::tempdir().unwrap();
    let lr = ["--set", "populations.selfish.learner.optimizer.lr=1e30", "--seeds", "1,2"];
    for _ in 0..2 {
        let (_, told) = run(&LLM, &lr, dir.path(), 1);
        assert!(told.contains("seed 2 (2 of 2): agent selfish_0 stopped learning at tick 1"), "{told}");
    }
}

#[test]
fn seeds_that_are_none_exit_with_2() {
    let refused = |more: &[&str]| stderr(sim().args(LLM).args(more), 2);
    assert!(refused(&["--seeds", "5..1"]).contains("1..5"));
    assert!(refused(&["--seeds", "1,1"]).contains("twice"));
    assert!(refused(&["--seeds", "1..3", "--seed", "2"]).contains("--seed"));
    assert!(refused(&["--seeds", "1..3", "--set", "seed=2"]).contains("leave out"));
}
