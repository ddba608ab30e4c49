//! `sim list`, `show`, `verify`, `clean`, `--force`, and what manifests record.

use crate::support::{edit_manifest, files, manifest, results, sim, stderr, stdout};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

const SCRIPTED: [&str; 5] = ["scenarios/scripted_tournament.ron", "--ticks", "3", "--set", "rounds=Fixed(20)"];
const LLM: [&str; 3] = ["scenarios/quick_look.ron", "--ticks", "3"];

/// Runs `args` into the folder `name` of `dir`.
fn run(dir: &Path, name: &str, args: &[&str]) -> PathBuf {
    let out = dir.join(name);
    sim().args(args).arg("--out").arg(&out).assert().success();
    out
}

/// Everything under `folder` by its name, with its bytes.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false => _ = all.insert(entry.path(), std::fs::read(entry.path()).unwrap_or_default()),
            }
        }
    }
    all
}

#[test]
fn a_manifest_says_what_was_run_when_and_where_and_the_hashes_of_all_results() {
    let dir = tempfile::tempdir().unwrap();
    let out = run(dir.path(), "run", &LLM);
    let manifest = manifest(&out);
    let words: Vec<&str> = manifest["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(words[1..4], LLM);
    for time in ["started", "ended"] {
        let time = manifest[time].as_str().unwrap();
        assert!(time.len() == 20 && time.ends_with('Z') && &time[10..11] == "T", "{time}");
    }
    assert!(manifest["host"].as_str().is_some_and(|host| !host.is_empty()));
    assert!(manifest["commit"].is_null() || manifest["commit"].as_str().unwrap().len() >= 7, "{}", manifest["commit"]);
    assert!(manifest.get("factors").is_none() && manifest.get("started_unix_seconds").is_none());
    let outputs = manifest["outputs"].as_object().unwrap();
    let of_run = |name: &&String| !name.ends_with(".html");
    assert!(results(&out).keys().filter(of_run).all(|name| outputs.contains_key(name)), "{outputs:?}");
    assert!(outputs.contains_key("adapters/selfish_0/adapter_model.safetensors"));
    assert!(!outputs.contains_key("manifest.json") && !outputs.contains_key("report.html"));
}

#[test]
fn a_list_has_a_line_for_every_run_and_fits_a_terminal() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "one", &SCRIPTED);
    let cut_off = run(dir.path(), "deeper/two", &SCRIPTED);
    edit_manifest(&cut_off, "status", "running");
    edit_manifest(&cut_off, "ticks_played", 1);
    let damaged = run(dir.path(), "three", &SCRIPTED);
    std::fs::write(damaged.join("manifest.json"), "{").unwrap();
    let vary = ["--vary", "populations.grim.count=1,2", "--out"];
    sim().arg("sweep").args(SCRIPTED).args(vary).arg(dir.path().join("design")).assert().success();
    let text = stdout(sim().arg("list").arg(dir.path()), 0);
    assert_eq!(text.lines().count(), 2 + 5, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for words in
        ["folder", "took", "one", "cut off", "1/3", "damaged", "done", "  count=2 ", "runs of scripted_tournament"]
    {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    let json: Value =
        serde_json::from_str(&stdout(sim().args(["list", "--format", "json"]).arg(dir.path()), 0)).unwrap();
    let of = |end: &str| json.as_array().unwrap().iter().find(|run| run["folder"].as_str().unwrap().ends_with(end));
    assert_eq!(of("count=2-s1").unwrap()["factors"]["populations.grim.count"], "2");
    assert_eq!((&of("two").unwrap()["status"], &of("one").unwrap()["ticks"]), (&"cut off".into(), &3.into()));
    assert!(of("three").unwrap()["problem"].as_str().unwrap().contains("no manifest"));
    let held = File::options().write(true).open(cut_off.join(".lock")).unwrap();
    held.lock().unwrap();
    assert!(stdout(sim().arg("list").arg(&cut_off), 0).contains("running"));
    let none = dir.path().join("none");
    assert!(stderr(sim().arg("list").arg(&none), 2).contains("does not exist"));
    std::fs::create_dir(&none).unwrap();
    assert!(stderr(sim().arg("list").arg(&none), 0).contains("no run in"));
}

#[test]
fn a_run_is_shown_with_its_configuration_its_last_table_and_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let printed = stdout(sim().args(LLM).arg("--out").arg(&out), 0);
    let text = stdout(sim().arg("show").arg(&out), 0);
    assert!(printed.contains("tick 2") && text.contains("\ntick 2;"), "{printed}\nand\n{text}");
    for population in ["selfish", "utilitarian", "deontological", "tit_for_tat"] {
        let payoff = |text: &str| {
            let row = text.lines().rfind(|line| line.starts_with(&format!("{population} "))).unwrap();
            row.split_whitespace().last().unwrap().to_owned()
        };
        assert_eq!(payoff(&text), payoff(&printed), "{population}: one tick is the last tenth of three");
    }
    for words in ["quick_look, seed 1, done", "from", "3 of 3", "tiny, SHA-256", "command", "game", "GRPO"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    assert!(text.contains("adapter_model.safetensors") && text.contains("KiB"), "{text}");
    assert!(text.contains("kept by sim") && text.contains("made of results"), "{text}");
    let json: Value = serde_json::from_str(&stdout(sim().args(["show", "--format", "json"]).arg(&out), 0)).unwrap();
    assert_eq!(
        (&json["status"], &json["manifest"]["seed"], &json["last"]["tick"]),
        (&"done".into(), &1.into(), &2.into())
    );
    assert!(json["last"]["populations"][0]["cooperation_rate"].is_number());
    assert!(json["files"].as_array().unwrap().iter().any(|file| file["name"] == "report.html"));
    assert!(stderr(sim().arg("show").arg(dir.path()), 2).contains("holds runs"));
}

#[test]
fn a_run_is_verified_and_a_flipped_byte_is_found_in_a_table_and_in_an_adapter() {
    let dir = tempfile::tempdir().unwrap();
    let out = run(dir.path(), "run", &LLM);
    let before = everything(&out);
    let text = stdout(sim().args(["verify", "--threads", "1"]).arg(&out), 0);
    assert!(text.contains("files match the manifest"), "{text}");
    assert!(text.contains("3 ticks run again") && text.contains("identical"), "{text}");
    assert_eq!(everything(&out), before, "nothing is changed");

    let table = out.join("strategy_evolution.csv");
    let whole = std::fs::read_to_string(&table).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let flipped = lines[4].replacen(',', ";", 1);
    std::fs::write(&table, whole.replacen(lines[4], &flipped, 1)).unwrap();
    let text = stdout(sim().args(["verify", "--hashes-only"]).arg(&out), 1);
    assert!(text.contains("strategy_evolution.csv: does not have the SHA-256"), "{text}");
    assert!(text.contains("1 of") && !text.contains("replay"), "{text}");
    let text = stdout(sim().arg("verify").arg(&out), 1);
    assert!(text.contains("strategy_evolution.csv: differs first in line 5: recorded `"), "{text}");
    std::fs::write(&table, &whole).unwrap();

    let adapter = out.join("adapters/selfish_0/adapter_model.safetensors");
    let mut bytes = std::fs::read(&adapter).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&adapter, &bytes).unwrap();
    let text = stdout(sim().arg("verify").arg(&out), 1);
    let line = format!("adapters/selfish_0/adapter_model.safetensors: differs first in byte {}", bytes.len() - 1);
    assert!(text.contains(&line), "{line} in {text}");
    std::fs::remove_file(&adapter).unwrap();
    assert!(stdout(sim().arg("verify").arg(&out), 1).contains("adapter_model.safetensors: is missing"));
}

#[test]
fn a_window_of_ticks_is_compared_and_only_that() {
    let dir = tempfile::tempdir().unwrap();
    let out = run(dir.path(), "run", &SCRIPTED);
    let table = out.join("strategy_evolution.csv");
    let whole = std::fs::read_to_string(&table).unwrap();
    let last = whole.lines().last().unwrap();
    assert!(last.starts_with("2,"));
    std::fs::write(&table, whole.replace(last, &last.replacen("2,", "2,x", 1))).unwrap();
    // The hashes of whole files tell of it, the rows of the ticks before do not.
    edit_manifest(&out, "outputs", serde_json::json!({}));
    let text = stdout(sim().args(["verify", "--ticks", "0..1"]).arg(&out), 0);
    assert!(text.contains("2 ticks run again") && text.contains(" rows identical"), "{text}");
    let text = stdout(sim().args(["verify", "--ticks", "2..2"]).arg(&out), 1);
    assert!(text.contains("strategy_evolution.csv: differs first in line"), "{text}");
    assert!(stderr(sim().args(["verify", "--ticks", "0..3"]).arg(&out), 2).contains("0 to 2"));
    assert!(stderr(sim().args(["verify", "--ticks", "2..1"]).arg(&out), 2).contains("backwards"));
    std::fs::write(&table, &whole).unwrap();
    edit_manifest(&out, "status", "interrupted");
    edit_manifest(&out, "ticks_played", 2);
    assert!(stderr(sim().arg("verify").arg(&out), 2).contains("--ticks 0..1"));
    assert!(stdout(sim().args(["verify", "--ticks", "0..1"]).arg(&out), 0).contains(" rows identical"));
}

#[test]
fn rows_that_wait_are_kept_and_compared_however_a_run_ends() {
    let dir = tempfile::tempdir().unwrap();
    let args =
        ["scenarios/scripted_tournament.ron", "--ticks", "5", "--set", "rounds=Fixed(2)", "--set", "output.every=5"];
    let out = run(dir.path(), "run", &args);
    let text = stdout(sim().args(["verify", "--ticks", "0..3"]).arg(&out), 0);
    assert!(text.contains("4 ticks run again") && text.contains(" rows identical"), "{text}");
    // A table with a row for every fifth tick has none of the first four: nothing is compared, and that is said.
    let more = [&args[..], &["--set", "output.moves=false"]].concat();
    let out = run(dir.path(), "few", &more);
    assert!(stderr(sim().args(["verify", "--ticks", "0..3"]).arg(&out), 2).contains("nothing was compared"));
}

#[test]
fn a_check_that_would_compare_nothing_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = run(dir.path(), "run", &SCRIPTED);
    std::fs::write(out.join("mine.csv"), "a\n1\n").unwrap();
    assert!(!manifest(&out)["outputs"].as_object().unwrap().contains_key("mine.csv"));
    assert!(stdout(sim().arg("verify").arg(&out), 0).contains(" identical"), "a file of others is none of it");
    edit_manifest(&out, "outputs", serde_json::json!({}));
    assert!(stderr(sim().args(["verify", "--hashes-only"]).arg(&out), 2).contains("holds no hashes"));
}

#[test]
fn a_pipe_in_place_of_a_manifest_stops_no_list() {
    let dir = tempfile::tempdir().unwrap();
    let x = dir.path().join("x");
    std::fs::create_dir(&x).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(x.join("manifest.json")).status().unwrap().success());
    let mut list = sim();
    list.arg("list").arg(dir.path()).timeout(std::time::Duration::from_secs(60));
    assert!(stdout(&mut list, 0).contains("damaged"));
}

#[test]
fn another_version_and_another_instruction_set_are_told_before_anything_is_compared() {
    let dir = tempfile::tempdir().unwrap();
    let out = run(dir.path(), "run", &LLM);
    edit_manifest(&out, "version", "0.0.1");
    edit_manifest(&out, "instructions", "abacus");
    let told = stderr(sim().arg("verify").arg(&out), 0);
    assert!(told.contains("made by sim 0.0.1") && told.contains("instruction set abacus"), "{told}");
    let scenario = std::fs::read_to_string(out.join("scenario.ron")).unwrap();
    std::fs::write(out.join("scenario.ron"), scenario.replace("seed: 1", "seed: 2")).unwrap();
    let told = stderr(sim().arg("verify").arg(&out), 1);
    assert!(told.contains("is not the scenario that the manifest records"), "{told}");
}

/// A folder with a run of every kind.
fn of_every_kind(dir: &Path) -> [PathBuf; 7] {
    let make = |name: &str| run(dir, name, &SCRIPTED);
    let [done, failed, strange, resumable, empty] = ["done", "failed", "strange", "resumable", "empty"].map(make);
    std::fs::write(done.join("checkpoint.bin"), "a state").unwrap();
    for failed in [&failed, &strange, &resumable] {
        edit_manifest(failed, "status", "failed");
    }
    std::fs::write(strange.join("notes.txt"), "precious").unwrap();
    std::fs::write(resumable.join("checkpoint.bin"), "a state").unwrap();
    edit_manifest(&empty, "status", "running");
    edit_manifest(&empty, "ticks_played", 0);
    for table in files(&empty, "csv") {
        let heads = std::fs::read_to_string(&table).unwrap().lines().next().unwrap().to_owned();
        std::fs::write(table, heads + "\n").unwrap();
    }
    let interrupted = make("interrupted");
    edit_manifest(&interrupted, "status", "interrupted");
    let no_run = dir.join("no_run");
    std::fs::create_dir(&no_run).unwrap();
    std::fs::write(no_run.join("checkpoint.bin"), "mine").unwrap();
    [done, failed, strange, resumable, empty, interrupted, no_run]
}

#[test]
fn cleaning_lists_what_would_go_and_removes_it_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let [done, failed, strange, resumable, empty, interrupted, no_run] = of_every_kind(&runs);
    let before = everything(&runs);
    let text = stdout(sim().arg("clean").arg(&runs), 0);
    assert!(text.contains("3 of 6 runs") && text.contains("Nothing was removed"), "{text}");
    assert!(text.contains("notes.txt") && text.contains("--resume"), "{text}");
    assert_eq!(everything(&runs), before);
    let text = stdout(sim().args(["clean", "--yes"]).arg(&runs), 0);
    assert!(text.contains("3 of 6 runs cleaned"), "{text}");
    assert!(!failed.exists() && !empty.exists() && !done.join("checkpoint.bin").exists());
    let after = everything(&runs);
    for kept in [&done, &strange, &resumable, &interrupted, &no_run] {
        let of = |all: &BTreeMap<PathBuf, Vec<u8>>| {
            let is_kept =
                |(path, _): &(&PathBuf, &Vec<u8>)| path.starts_with(kept) && **path != done.join("checkpoint.bin");
            all.iter().filter(is_kept).map(|(path, bytes)| (path.clone(), bytes.clone())).collect::<Vec<_>>()
        };
        assert_eq!(of(&after), of(&before), "{}", kept.display());
    }
    assert!(stdout(sim().args(["clean", "--yes"]).arg(&runs), 0).contains("nothing to remove"));
}

#[cfg(unix)]
#[test]
fn cleaning_follows_no_link_and_touches_no_run_that_is_going_on() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = run(dir.path(), "elsewhere", &SCRIPTED);
    edit_manifest(&elsewhere, "status", "failed");
    let runs = dir.path().join("runs");
    let [linked, going_on] = ["linked", "going_on"].map(|name| run(&runs, name, &SCRIPTED));
    for failed in [&linked, &going_on] {
        edit_manifest(failed, "status", "failed");
    }
    symlink(&elsewhere, runs.join("link")).unwrap();
    symlink(&elsewhere, linked.join("adapters")).unwrap();
    let held = File::options().write(true).open(going_on.join(".lock")).unwrap();
    held.lock().unwrap();
    let before = everything(dir.path());
    let text = stdout(sim().args(["clean", "--yes"]).arg(&runs), 0);
    assert!(text.contains("kept:") && text.contains("adapters"), "{text}");
    assert_eq!(everything(dir.path()), before);
    assert!(stderr(sim().args(["clean", "--yes"]).arg(runs.join("link")), 2).contains("is a link"));
}

#[test]
fn force_moves_a_run_aside_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let out = run(dir.path(), "run", &SCRIPTED);
    let first = results(&out);
    let again = |code: i32, args: &[&str]| stderr(sim().args(SCRIPTED).args(args).arg("--out").arg(&out), code);
    assert!(again(1, &[]).contains("--force"));
    let told = again(0, &["--force", "--seed", "2"]);
    assert!(told.contains("run.old-1"), "{told}");
    assert_eq!(results(&dir.path().join("run.old-1")), first);
    assert_ne!(results(&out), first);
    assert!(again(0, &["--force"]).contains("run.old-2") && results(&out) == first);
    let held = File::options().write(true).open(out.join(".lock")).unwrap();
    held.lock().unwrap();
    assert!(again(1, &["--force"]).contains("still going on"));
    drop(held);
    std::fs::remove_file(out.join("manifest.json")).unwrap();
    assert!(again(1, &["--force"]).contains("may not be a run's folder"));
    assert_eq!(results(&out), first);
    assert!(again(2, &["--force", "--resume"]).contains("--resume"));
    let fresh = dir.path().join("fresh");
    let told = stderr(sim().args(SCRIPTED).arg("--force").arg("--out").arg(&fresh), 0);
    assert!(!told.contains("note:") && fresh.join("manifest.json").exists(), "{told}");
}
