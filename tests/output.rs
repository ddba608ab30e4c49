//! What `sim` says, and to whom: pipes that close, disks that are full, defects of its own, times and folders.

use crate::support::{root, scenario, sim, stderr, stdout};
use agora::run::{Manifest, RunOptions, Simulation, Status};
use agora::world::schedule::{Tick, TickSystems};
use bevy_ecs::schedule::IntoScheduleConfigs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const QUICK: [&str; 5] = ["--scenario", "scenarios/quick_look.ron", "--ticks", "2", "--out"];

/// Runs `sim` with no one reading what it prints.
fn unheard(args: &[&str]) -> Option<i32> {
    let mut run = Command::new(env!("CARGO_BIN_EXE_sim"));
    run.current_dir(root()).args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    child.wait().unwrap().code()
}

fn is_done(out: &Path) -> bool {
    out.join("report.html").exists() && Manifest::read(out).unwrap().unwrap().status == Status::Done
}

#[test]
fn nobody_need_read_what_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    assert_eq!(unheard(&[&QUICK[..], &[out.to_str().unwrap()]].concat()), Some(0));
    assert!(is_done(&out));
    for args in
        [&["schema"][..], &["explain", "terms"], &["models", "list"], &["--help"], &["report", out.to_str().unwrap()]]
    {
        assert_eq!(unheard(args), Some(0), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_told_after_the_work_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_sim"));
    run.current_dir(root()).args(QUICK).arg(&out).stdout(full());
    let output = run.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("not everything could be printed") && !message.contains("panicked"), "{message}");
    assert!(is_done(&out));
}

#[test]
fn progress_off_a_terminal_is_lines_and_the_folder_is_named_first() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let said = stderr(sim().args(QUICK).arg(&out), 0);
    let folder = said.find(&format!("output  {}", out.display())).expect("the folder is named");
    let line = said.find("tick 1 of 2 done (50 %)").expect("the first tick has a line");
    assert!(folder < line && said[line..].contains(" left") && said[line..].contains(", cooperation 0."), "{said}");
    assert!(!said.contains("tick 2 of 2"), "lines are rare: {said}");
}

/// Set in the process that is to panic.
const PANICS: &str = "AGORA_TEST_PANICS";

fn panic_now() {
    panic!("a table has no cells\nat all");
}

/// A run with a defect in it.
fn defective() -> ExitCode {
    let caught = std::panic::catch_unwind(|| panic!("nobody is to hear of this"));
    assert!(caught.is_err());
    let mut simulation = Simulation::new();
    simulation.app.add_systems(Tick, panic_now.in_set(TickSystems::Learn));
    let text = r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(1),
        populations: [(name: "a", count: 2, policy: Scripted(Grim))])"#;
    let scenario = scenario(&simulation, text);
    let out = std::env::var_os(PANICS).map(Into::into);
    let _ = simulation.run_quietly(&scenario, &RunOptions { out, ..RunOptions::default() });
    ExitCode::SUCCESS
}

#[test]
fn a_defect_is_one_sentence_a_report_and_a_failed_run() {
    if std::env::var_os(PANICS).is_some() {
        let code = agora::commands::guarded(defective);
        std::process::exit(if code == ExitCode::from(101) { 101 } else { 0 });
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "output::a_defect_is_one_sentence_a_report_and_a_failed_run", "--nocapture"])
        .env(PANICS, &out);
    let output = test.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(101), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("defect of sim") && message.contains(r"a table has no cells\nat all"), "{message}");
    let manifest = Manifest::read(&out).unwrap().unwrap();
    assert_eq!(manifest.status, Status::Failed);
    assert!(manifest.error.unwrap().contains("a table has no cells"));
    let report = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
    let report = report.into_iter().find(|path| path.to_string_lossy().contains("crash-")).expect("there is a report");
    assert!(message.contains(report.to_str().unwrap()), "{message}");
    let text = std::fs::read_to_string(report).unwrap();
    for words in ["output.rs", "panic_now", "command", env!("CARGO_PKG_VERSION")] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[test]
fn what_is_there_is_overwritten_with_force_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (run, file) = (dir.path().join("run"), dir.path().join("table.csv"));
    sim().args(QUICK).arg(&run).assert().success();
    for verb in ["compare", "evaluate"] {
        std::fs::write(&file, "precious").unwrap();
        let command = |force: &[&str]| {
            let mut command = sim();
            command.arg(verb).arg(&run).arg("--out").arg(&file).args(force);
            command
        };
        let message = stderr(&mut command(&[]), 1);
        assert!(message.contains("already exists") && message.contains("--force"), "{message}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
        command(&["--force"]).assert().success();
        assert!(std::fs::read_to_string(&file).unwrap().contains("selfish"));
    }
    let left = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: std::collections::BTreeSet<String> = left.collect();
    assert_eq!(left, ["run", "table.csv", "table_summary.csv"].map(String::from).into());
}

#[test]
fn folders_that_are_no_runs_are_said_to_be_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    sim().args(QUICK).arg(dir.path().join("run")).assert().success();
    let message = stderr(sim().arg("show").arg(dir.path()), 2);
    assert!(message.contains("holds runs; name one of them") && message.contains("run"), "{message}");
    // A report may be about many.
    sim().arg("report").arg(dir.path()).assert().success();
    assert!(dir.path().join("report.html").exists());
    let run = dir.path().join("run");
    let message = stderr(sim().arg("report").args([&run, &run]), 2);
    assert!(message.contains("--out FILE"), "{message}");
    let message = stderr(sim().arg("report").arg(run.join("adapters")), 1);
    assert!(message.contains("no finished run"), "{message}");
    // One sentence and one code, whatever the command.
    for verb in ["report", "evaluate", "show", "verify", "list", "clean", "watch", "compare", "play", "chat"] {
        let message = stderr(sim().args([verb, "nowhere"]), 2);
        assert!(message.starts_with("error: `nowhere` does not exist\n"), "{verb}: {message}");
    }
}

#[test]
fn a_scenario_needs_no_option_before_it() {
    // How long a tick takes is measured.
    let timeless =
        |text: String| text.lines().filter(|line| !line.starts_with("  time ")).collect::<Vec<_>>().join("\n");
    let plan = timeless(stdout(sim().args(["--scenario", "scenarios/quick_look.ron", "--dry-run"]), 0));
    for args in [&["run", "scenarios/quick_look.ron"][..], &["scenarios/quick_look.ron"]] {
        assert_eq!(timeless(stdout(sim().args(args).arg("--dry-run"), 0)), plan);
    }
    let message = stderr(sim().arg("explan"), 2);
    assert!(message.contains("neither a command nor a scenario file") && message.contains("`explain`"), "{message}");
    let message = stderr(sim().arg("nowhere.ron"), 2);
    assert!(message.contains("nowhere.ron"), "{message}");
}
