//! Lists of commands: what is in them, and what each command leaves however often and wherever it is run.

use super::{SCRIPTED, VARIED, emitted, listed, merge, merged, of_runs, said, sweep};
use crate::support::{edit_manifest, files, manifest, root, stderr, stdout, wait_until};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The commands of the sweep in `folder`.
fn commands(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(folder.join("sweep.list")).unwrap().lines().map(String::from).collect()
}

/// The ids of the sweep in `folder`.
fn ids(folder: &Path) -> Vec<String> {
    let listed = listed(folder);
    listed["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

/// What a shell does with `line` in the folder `home`.
fn shell(line: &str, home: &Path) -> Output {
    Command::new("sh").args(["-c", line]).current_dir(home).output().unwrap()
}

#[test]
fn ids_depend_on_what_decides_the_results_and_on_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let of = |args: &[&str], name: &str| {
        let out = dir.path().join(name);
        emitted(args, &VARIED, &out);
        ids(&out)
    };
    let plain = of(&SCRIPTED, "plain");
    assert_eq!(plain.len(), 4);
    assert!(plain.iter().all(|id| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit())), "{plain:?}");
    let more = |more: &[&'static str]| [SCRIPTED.as_slice(), more].concat();
    assert_eq!(of(&more(&["--threads", "2", "--memory", "3", "--checkpoint", "never"]), "elsewhere"), plain);
    // No model plays, so that it does not matter where models would be computed.
    assert_eq!(of(&more(&["--precision", "bf16", "--device", "cpu"]), "bf16"), plain);
    let others = [
        of(&more(&["--set", "opening=MadeUp"]), "opening"),
        of(&more(&["--set", "name=other"]), "name"),
        of(&["scenarios/scripted_tournament.ron", "--ticks", "3", "--set", "rounds=Fixed(20)"], "ticks"),
    ];
    let mut all: Vec<&String> = plain.iter().chain(others.iter().flatten()).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 16, "every run is another");
    let llm = |more: &[&'static str], name: &str| of(&[["scenarios/quick_look.ron"].as_slice(), more].concat(), name);
    assert_ne!(llm(&[], "llm"), llm(&["--precision", "bf16"], "llm_bf16"));
}

#[test]
fn an_id_covers_the_files_that_the_scenario_names() {
    let dir = tempfile::tempdir().unwrap();
    let (edges, scenario) = (dir.path().join("edges.csv"), dir.path().join("graph.ron"));
    let text = format!(
        r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(1), matchmaking: Neighbours,
            structure: (interaction: EdgeList(path: {edges:?})),
            populations: [(name: "a", count: 4, policy: Scripted(TitForTat))])"#
    );
    std::fs::write(&scenario, text).unwrap();
    let id = |text: &str, name: &str| {
        std::fs::write(&edges, text).unwrap();
        let out = dir.path().join(name);
        emitted(&[scenario.to_str().unwrap(), "--seeds", "1"], &[], &out);
        ids(&out)
    };
    let ring = "0,1\n1,2\n2,3\n3,0\n";
    let one = id(ring, "one");
    assert_eq!(id(ring, "same"), one);
    assert_ne!(id(&format!("{ring}0,2\n"), "other"), one);
}

#[cfg(unix)]
#[test]
fn a_list_that_xargs_runs_leaves_what_a_straight_sweep_leaves() {
    let dir = tempfile::tempdir().unwrap();
    // A name that a careless script would take apart.
    let home = dir.path().join("it's a \"place\" $HOME; `x` %j");
    std::fs::create_dir(&home).unwrap();
    let scenario = home.join("my scenario.ron");
    std::fs::copy(root().join(SCRIPTED[0]), &scenario).unwrap();
    let args = [&[scenario.to_str().unwrap()], &SCRIPTED[1..]].concat();
    let vary = ["--vary", "matchmaking=RoundRobin,RandomPairs(repeats: 2)", "--seeds", "1..3", "--set", "name=it's"];
    let (out, straight) = (home.join("the runs"), dir.path().join("straight"));
    let told = emitted(&args, &vary, &out);
    assert!(told.contains("6 commands") && !out.join("design.csv").exists(), "{told}");
    let xargs = told.lines().find(|line| line.contains("xargs")).unwrap().trim().to_owned();
    // From any folder.
    said(&shell(&xargs, Path::new("/")), 0);
    let merging = told.lines().last().unwrap().trim().to_owned();
    let printed = shell(&merging, Path::new("/"));
    said(&printed, 0);
    let table = String::from_utf8(printed.stdout).unwrap();
    assert!(table.contains("cooperation") && table.contains("6 runs merged in"), "{table}");
    sweep(&args, &vary, &straight).assert().success();
    assert_eq!(of_runs(&out), of_runs(&straight));
    assert!(!out.join("design.csv").exists(), "no file is written by all runs");
    assert!(files(&out, "html").is_empty(), "and no page for each");
    emitted(&args, &vary, &straight);
    merge(&straight, &[]).assert().success();
    let all = merged(&out.join("merged"));
    assert_eq!(all, merged(&straight.join("merged")));
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(names, ["means.csv", "runs.csv", "social_outcomes.csv", "strategy_evolution.csv"]);
    assert!(all["social_outcomes.csv"].starts_with("run,seed,matchmaking,tick,"), "{}", all["social_outcomes.csv"]);
    assert_eq!(all["social_outcomes.csv"].lines().count(), 1 + 6 * 2);
    assert!(
        all["social_outcomes.csv"].lines().nth(1).unwrap().starts_with(&format!("{},1,RoundRobin,0,", ids(&out)[0]))
    );
    assert_eq!(all["runs.csv"].lines().filter(|line| line.ends_with(",done,2,0")).count(), 6);
    // Once more: nothing is left to do, and nothing changes.
    let before = of_runs(&out);
    let again = said(&shell(&xargs, Path::new("/")), 0);
    assert_eq!(again.matches("done before, skipped").count(), 6, "{again}");
    assert_eq!(of_runs(&out), before);
}

#[cfg(unix)]
#[test]
fn a_killed_run_goes_on_and_a_failed_one_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let [out, straight] = ["list", "straight"].map(|name| dir.path().join(name));
    let args = ["scenarios/quick_look.ron", "--ticks", "12", "--checkpoint", "0"];
    let seeds = ["--seeds", "1,2"];
    emitted(&args, &seeds, &out);
    let lines = commands(&out);
    let mut child = Command::new("sh");
    child.args(["-c", &format!("exec {}", lines[0])]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    let first = out.join("quick_look-s1");
    wait_until(&mut child, || first.join("checkpoint.bin").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let told = stderr(&mut merge(&out, &[]), 1);
    assert!(told.contains("2 of 2 runs are missing; nothing was merged"), "{told}");
    assert!(told.contains("cut off") && told.contains("not begun") && !told.contains("--partial"), "{told}");
    for line in &lines {
        said(&shell(line, dir.path()), 0);
    }
    assert!(!manifest(&first)["resumed_at"].as_array().unwrap().is_empty());
    sweep(&args, &seeds, &straight).assert().success();
    assert_eq!(of_runs(&out), of_runs(&straight));
    edit_manifest(&first, "status", "failed");
    let told = said(&shell(&lines[0], dir.path()), 0);
    assert!(told.contains("restarted"), "{told}");
    assert_eq!(of_runs(&out), of_runs(&straight));
}

#[test]
fn a_command_of_another_run_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = dir.path().join("mine.ron");
    let text = std::fs::read_to_string(root().join(SCRIPTED[0])).unwrap();
    std::fs::write(&scenario, &text).unwrap();
    let args = [scenario.to_str().unwrap(), "--ticks", "2", "--seeds", "1"];
    let out = dir.path().join("runs");
    emitted(&args, &[], &out);
    let id = ids(&out).remove(0);
    // What is no comment changes the run.
    std::fs::write(&scenario, format!("// A remark.\n{text}")).unwrap();
    sweep(&args, &["--task", &id], &out).assert().success();
    let told = stderr(&mut sweep(&args, &["--task", &id, "--set", "noise=0.02"], &out), 1);
    assert!(told.contains("with other settings"), "{told}");
    let other = dir.path().join("other");
    let told = stderr(&mut sweep(&args, &["--task", &id, "--set", "noise=0.02"], &other), 2);
    assert!(told.contains(&format!("the command is that of {id}")) && !other.exists(), "{told}");
    let told = stderr(&mut sweep(&args[..3], &["--task", &id, "--seeds", "1,2"], &other), 2);
    assert!(told.contains("one run, and there are 2"), "{told}");
    let told = stderr(&mut sweep(&args, &["--task", &id, "--emit", "list"], &other), 2);
    assert!(told.contains("--emit"), "{told}");
    let told = stderr(&mut sweep(&args, &["--emit", "list", "--set", "name=\"a\nb\""], &other), 2);
    assert!(!other.exists(), "{told}");
}

#[test]
fn a_sweep_is_validated_where_it_is_not_run() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("deep/runs");
    let checks = |args: &[&str], code: i32| {
        let table = stdout(&mut sweep(args, &["--validate"], &out), code);
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(!dir.path().join("deep").exists() && std::fs::read_dir(dir.path()).unwrap().count() == 0, "{table}");
        // Lines are broken where they are full.
        table.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let varied = [SCRIPTED.as_slice(), &VARIED].concat();
    let table = checks(&varied, 0);
    for words in ["2 cells × 2 seeds = 4 runs", "model ok none is needed", "memory ok", "time ok about", "4 to be run"]
    {
        assert!(table.contains(words), "{words} in {table}");
    }
    let table = checks(&[&varied[..], &["--memory", "0.00001"]].concat(), 1);
    assert!(table.contains("memory PROBLEM the largest run takes about"), "{table}");
    let missing = ["scenarios/quick_look.ron", "--set", "model=Named(\"smollm2-135m-instruct\")", "--seeds", "1..2"];
    let mut command = sweep(&missing, &["--validate"], &out);
    ["AGORA_CACHE", "HF_HOME", "HF_HUB_CACHE"].iter().for_each(|name| {
        command.env(name, dir.path().join("nowhere"));
    });
    let table = stdout(&mut command, 1);
    assert!(table.contains("model     PROBLEM  smollm2-135m-instruct is not here"), "{table}");
    assert!(table.contains("sim models fetch 'smollm2-135m-instruct'"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let told = stderr(&mut sweep(&varied, &["--validate", "--set", "opening=Blanc"], &out), 2);
    assert!(told.contains("did you mean `Blank`"), "{told}");
    let told =
        stderr(&mut sweep(&SCRIPTED, &["--validate", "--vary", "noise=0..1:0.0001", "--seeds", "1..2"], &out), 2);
    assert!(told.contains("at most 10000"), "{told}");
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let table = stdout(&mut sweep(&varied, &["--validate"], &file.join("runs")), 1);
    assert!(table.contains("PROBLEM"), "{table}");
}
