//! Sweeps whose runs other programs start: what is listed, what each command does when it is repeated, what is merged
//! and what is refused.

use crate::support::{edit_manifest, files, manifest, results, root, sim, stderr, stdout, wait_until};
use agora::files::sha256_of;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// No model, two ticks, random draws: done in no time, and different from seed to seed.
const SCRIPTED: [&str; 5] = ["scenarios/scripted_tournament.ron", "--ticks", "2", "--set", "rounds=Fixed(20)"];
const VARIED: [&str; 4] = ["--vary", "noise=0,0.1", "--seeds", "1..2"];

/// `sim sweep` with these arguments and `--out`.
fn sweep(args: &[&str], more: &[&str], out: &Path) -> assert_cmd::Command {
    let mut command = sim();
    command.arg("sweep").args(args).args(more).arg("--out").arg(out);
    command
}

/// Lists the runs in `out`, and returns what `sim` says.
fn emitted(args: &[&str], more: &[&str], out: &Path) -> String {
    stdout(&mut sweep(args, &[&["--emit", "list"], more].concat(), out), 0)
}

/// The commands of the sweep in `folder`.
fn commands(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(folder.join("sweep.list")).unwrap().lines().map(String::from).collect()
}

/// The list of the sweep in `folder`.
fn listed(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("sweep.json")).unwrap()).unwrap()
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

/// What the process said on standard error; the test fails unless it ended with `code`.
fn said(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stdout));
    said
}

/// The files that `sim merge` has left in `folder`.
fn merged(folder: &Path) -> BTreeMap<String, String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files(folder, "csv").iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The results of the runs in `folder`, without what is written about all of them.
fn of_runs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = results(folder);
    all.retain(|name, _| name.contains('/') && !name.starts_with("merged"));
    all
}

fn merge(folder: &Path, more: &[&str]) -> assert_cmd::Command {
    let mut command = sim();
    command.arg("merge").arg(folder).args(more);
    command
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

#[test]
fn rows_of_a_merged_table_are_those_of_the_runs() {
    let dir = tempfile::tempdir().unwrap();
    sweep(&SCRIPTED, &VARIED, dir.path()).assert().success();
    emitted(&SCRIPTED, &VARIED, dir.path());
    let told = stdout(&mut merge(dir.path(), &["--table", "pairs"]), 0);
    assert!(told.contains("pairs.csv (") && told.contains("means.csv"), "{told}");
    let all = merged(&dir.path().join("merged"));
    let compared = stdout(sim().args(["compare", "--format", "csv"]).arg(dir.path()), 0);
    assert_eq!(all["means.csv"].trim_end(), compared.trim_end());
    for table in ["pairs.csv", "strategy_evolution.csv"] {
        let mut rows = all[table].lines();
        let heads = rows.next().unwrap().strip_prefix("run,seed,noise,").unwrap();
        for (number, run) in listed(dir.path())["runs"].as_array().unwrap().iter().enumerate() {
            let own = std::fs::read_to_string(dir.path().join(run["folder"].as_str().unwrap()).join(table)).unwrap();
            assert_eq!(own.lines().next().unwrap(), heads, "{number}");
            let before = format!(
                "{},{},{},",
                run["id"].as_str().unwrap(),
                run["seed"],
                run["factors"]["noise"].as_str().unwrap()
            );
            for line in own.lines().skip(1) {
                assert_eq!(rows.next().unwrap(), format!("{before}{line}"));
            }
        }
        assert_eq!(rows.next(), None);
    }
    assert!(stderr(&mut merge(dir.path(), &["--table", "pears"]), 2).contains("no run has a table `pears`"));
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
fn missing_runs_are_named_before_anything_is_computed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    sweep(&SCRIPTED, &["--vary", "noise=0,0.1", "--seeds", "1..3"], out).assert().success();
    emitted(&SCRIPTED, &["--vary", "noise=0,0.1", "--seeds", "1..4"], out);
    edit_manifest(&out.join("noise=0-s1"), "status", "running");
    edit_manifest(&out.join("noise=0-s2"), "status", "interrupted");
    edit_manifest(&out.join("noise=0.1-s2"), "status", "failed");
    edit_manifest(&out.join("noise=0.1-s2"), "error", "the disk is full");
    let told = stderr(&mut merge(out, &[]), 1);
    assert!(told.contains("5 of 8 runs are missing; nothing was merged"), "{told}");
    let row = |state: &str, folder: &str| {
        assert!(told.lines().any(|line| line.starts_with(state) && line.ends_with(folder)), "{state} {folder}: {told}");
    };
    row("cut off", "noise=0-s1");
    row("interrupted", "noise=0-s2");
    row("not begun", "noise=0-s4");
    row("failed", "noise=0.1-s2");
    row("not begun", "noise=0.1-s4");
    assert!(told.contains("noise=0.1-s2: the disk is full") && told.contains("--partial"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80 || line.starts_with("What to do")), "{told}");
    assert!(!out.join("merged").exists() && !out.join("merged-partial").exists());
    let printed = stdout(&mut merge(out, &["--partial"]), 0);
    assert!(printed.contains("PARTIAL: 5 of 8 runs are missing") && printed.contains("3 runs merged in"), "{printed}");
    let all = merged(&out.join("merged-partial"));
    assert_eq!(all["runs.csv"].lines().count(), 9);
    assert_eq!(all["runs.csv"].matches(",not begun,,").count(), 2);
    assert_eq!(all["social_outcomes.csv"].lines().count(), 1 + 3 * 2);
    let told = stderr(sim().arg("merge").arg(root().join("scenarios")), 2);
    assert!(told.contains("sweep.json") && told.contains("--emit list"), "{told}");
}

#[test]
fn runs_that_are_not_what_was_listed_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    sweep(&SCRIPTED, &VARIED, out).assert().success();
    emitted(&SCRIPTED, &VARIED, out);
    let folder = out.join("noise=0.1-s2");
    let kept = manifest(&folder);
    let put_back = || std::fs::write(folder.join("manifest.json"), kept.to_string()).unwrap();
    let refused = |words: &str| {
        for more in [&[][..], &["--partial"]] {
            let told = stderr(&mut merge(out, more), 1);
            assert!(told.contains(words) && told.contains("noise=0.1-s2"), "{words} in {told}");
        }
        assert!(!out.join("merged/social_outcomes.csv").exists());
    };
    edit_manifest(&folder, "scenario_sha256", "00ff");
    refused("its scenario has the SHA-256 00ff…");
    put_back();
    edit_manifest(&folder, "version", "0.0.1");
    refused("it was made by sim 0.0.1");
    put_back();
    edit_manifest(&folder, "factors", serde_json::json!({"noise": "0.2"}));
    refused("its factors are `noise=0.2`");
    put_back();
    std::fs::write(folder.join("manifest.json"), "{").unwrap();
    refused("is no manifest");
    put_back();
    let table = folder.join("social_outcomes.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, text.trim_end().rsplit_once('\n').unwrap().0).unwrap();
    refused("is not what the run left");
    let other = text.replacen("cooperation_rate", "cooperation_share", 1);
    std::fs::write(&table, &other).unwrap();
    let mut outputs = kept["outputs"].clone();
    outputs["social_outcomes.csv"] = sha256_of(other.as_bytes()).into();
    edit_manifest(&folder, "outputs", outputs);
    refused("`cooperation_rate` in one, and `cooperation_share` in the other");
    put_back();
    std::fs::write(&table, text).unwrap();
    merge(out, &[]).assert().success();
}

#[test]
fn runs_of_other_weights_are_not_merged() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["scenarios/quick_look.ron", "--ticks", "1", "--seeds", "1,2"];
    sweep(&args, &[], dir.path()).assert().success();
    emitted(&args, &[], dir.path());
    let folder = dir.path().join("quick_look-s2");
    let mut model = manifest(&folder)["model"].clone();
    model["sha256"] = "00ff".into();
    edit_manifest(&folder, "model", model);
    let told = stderr(&mut merge(dir.path(), &[]), 1);
    assert!(told.contains("different weights of the model tiny"), "{told}");
}

/// Does what Slurm does with the tasks of an array, one after another, and returns what each said.
#[cfg(unix)]
fn tasks(script: &Path, numbers: std::ops::Range<usize>) -> Vec<Output> {
    let task = |number: usize| {
        let mut command = Command::new("bash");
        command.arg(script).env("SLURM_ARRAY_TASK_ID", number.to_string()).current_dir("/").output().unwrap()
    };
    numbers.map(task).collect()
}

#[cfg(unix)]
#[test]
fn the_script_for_slurm_runs_every_task_and_merges() {
    let dir = tempfile::tempdir().unwrap();
    let [out, straight] = ["it's $(here) %a", "straight"].map(|name| dir.path().join(name));
    let slurm = ["--emit", "slurm", "--pack", "3", "--walltime", "7", "--memory", "1.5", "--threads", "2"];
    let told = stdout(&mut sweep(&SCRIPTED, &[VARIED.as_slice(), &slurm].concat(), &out), 0);
    assert!(told.contains("4 runs in 2 tasks") && told.contains("bash "), "{told}");
    let script = out.join("sweep.slurm");
    assert!(Command::new("bash").arg("-n").arg(&script).status().unwrap().success());
    let text = std::fs::read_to_string(&script).unwrap();
    for option in
        ["array=0-1", "time=7", "signal=B:USR1@105", "mem=1536M", "cpus-per-task=2", "job-name=scripted_tournament"]
    {
        assert!(text.contains(&format!("#SBATCH --{option}\n")), "{option} in {text}");
    }
    assert!(text.contains("afterany") && !text.contains("--gpus"), "{text}");
    for output in tasks(&script, 0..2) {
        said(&output, 0);
    }
    let merging = Command::new("bash").arg(&script).arg("merge").output().unwrap();
    said(&merging, 0);
    sweep(&SCRIPTED, &VARIED, &straight).assert().success();
    assert_eq!(of_runs(&out), of_runs(&straight));
    assert_eq!(merged(&out.join("merged")).len(), 4);
    // A run that fails does not keep the others from being run, and the task says so.
    std::fs::remove_dir_all(out.join("noise=0.1-s1")).unwrap();
    std::fs::write(out.join("noise=0-s1/manifest.json"), "{").unwrap();
    let told = said(&tasks(&script, 0..1)[0], 1);
    assert!(told.contains("1 of the runs of this task failed"), "{told}");
    assert!(out.join("noise=0.1-s1/manifest.json").exists());
}

#[cfg(unix)]
#[test]
fn a_task_that_is_told_to_stop_leaves_a_checkpoint_and_goes_on_later() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("runs");
    let args = ["scenarios/quick_look.ron", "--ticks", "12", "--checkpoint", "0"];
    stdout(&mut sweep(&args, &["--seeds", "1..2", "--emit", "slurm", "--pack", "2"], &out), 0);
    let script = out.join("sweep.slurm");
    let mut command = Command::new("bash");
    command.arg(&script).env("SLURM_ARRAY_TASK_ID", "0").stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    wait_until(&mut child, || out.join("quick_look-s1/checkpoint.bin").exists());
    assert!(Command::new("kill").args(["-USR1", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(manifest(&out.join("quick_look-s1"))["status"], "interrupted");
    assert!(!out.join("quick_look-s2").exists(), "no other run is begun");
    said(&tasks(&script, 0..1)[0], 0);
    merge(&out, &[]).assert().success();
}

#[cfg(unix)]
#[test]
fn the_manifest_for_kubernetes_is_yaml_and_its_script_runs() {
    use saphyr_parser::{Event, Parser};
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().canonicalize().unwrap();
    std::fs::copy(root().join(SCRIPTED[0]), home.join("mine.ron")).unwrap();
    let emit = |more: &[&str]| {
        let mut command = sim();
        command.current_dir(&home).args(["sweep", "mine.ron", "--ticks", "2", "--emit", "k8s", "--pack", "1"]);
        command.args(VARIED).args(more);
        command
    };
    let told = stderr(&mut emit(&["--out", "a run's"]), 2);
    assert!(told.contains("--image") && told.contains("--claim"), "{told}");
    let pod = ["--image", "here/sim:\"1\"", "--claim", "shared"];
    let told = stderr(&mut emit(&[&pod[..], &["--out", "/nowhere/else"]].concat()), 2);
    assert!(told.contains("/nowhere/else is not in"), "{told}");
    stdout(&mut emit(&[&pod[..], &["--out", "a run's"]].concat()), 0);
    let text = std::fs::read_to_string(home.join("a run's/sweep.yaml")).unwrap();
    let scalars: Vec<String> = Parser::new_from_str(&text)
        .map(|event| event.unwrap_or_else(|error| panic!("{error}: {text}")).0)
        .filter_map(|event| if let Event::Scalar(text, ..) = event { Some(text.to_string()) } else { None })
        .collect();
    let after = |key: &str| &scalars[scalars.iter().position(|scalar| scalar == key).unwrap() + 1];
    assert_eq!((after("completions").as_str(), after("image").as_str()), ("4", "here/sim:\"1\""));
    assert_eq!(after("workingDir"), home.to_str().unwrap());
    let script = after("args");
    let bin = Path::new(env!("CARGO_BIN_EXE_sim")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for index in 0..4 {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).env("JOB_COMPLETION_INDEX", index.to_string()).env("PATH", &path);
        said(&command.current_dir(&home).output().unwrap(), 0);
    }
    merge(&home.join("a run's"), &[]).assert().success();
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
