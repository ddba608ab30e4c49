//! Full disks and vanishing folders: what was written is whole, what was learned is kept.

use crate::support::{root, scenario, sim};
use agora::run::{Manifest, RunError, RunOptions, Simulation, Status};
use agora::world::Clock;
use agora::world::schedule::{Tick, TickSystems};
use bevy_ecs::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A mishap that befalls the folder of a run after a tick.
#[derive(Resource)]
struct Mishap {
    tick: u32,
    folder: PathBuf,
    what: fn(&Path),
}

fn happen(clock: Res<Clock>, mishap: Res<Mishap>) {
    if clock.tick == mishap.tick {
        (mishap.what)(&mishap.folder);
    }
}

const LEARNER: &str = r#"(
    version: 1, ticks: 4, game: Named("prisoners_dilemma"), rounds: Fixed(3), model: Named("tiny"),
    populations: [
        (name: "learner", count: 2, policy: Llm(), learner: Grpo(optimizer: (lr: 0.003))),
        (name: "random", policy: Scripted(Random())),
    ],
)"#;

fn options(out: &Path, resume: bool) -> RunOptions {
    // No checkpoint falls due while the ticks are played.
    let checkpoints = Some(Duration::from_secs(3600));
    RunOptions { out: Some(out.to_path_buf()), threads: Some(1), checkpoints, resume, ..RunOptions::default() }
}

/// Runs [`LEARNER`] in `out` with a mishap after `tick`.
fn run_with_mishap(out: &Path, tick: u32, what: fn(&Path)) -> RunError {
    let mut simulation = Simulation::new();
    let mishap = Mishap { tick, folder: out.to_path_buf(), what };
    simulation.app.insert_resource(mishap).add_systems(Tick, happen.after(TickSystems::Record));
    let scenario = scenario(&simulation, LEARNER);
    simulation.run_quietly(&scenario, &options(out, false)).unwrap_err()
}

#[test]
fn what_was_learned_outlives_adapters_that_cannot_be_saved() {
    let dir = tempfile::tempdir().unwrap();
    let (out, straight) = (dir.path().join("run"), dir.path().join("straight"));
    // A file takes the place where the folder of all adapters should be.
    let error = run_with_mishap(&out, 3, |folder| std::fs::write(folder.join("adapters"), "").unwrap());
    assert!(matches!(error, RunError::Write { .. }), "{error}");
    assert!(!error.to_string().contains("row"), "{error}");
    assert_eq!(Manifest::read(&out).unwrap().unwrap().status, Status::Failed);
    std::fs::remove_file(out.join("adapters")).unwrap();
    let run = |out: &Path, resume| {
        let mut simulation = Simulation::new();
        let scenario = scenario(&simulation, LEARNER);
        simulation.run_quietly(&scenario, &options(out, resume)).unwrap()
    };
    assert_eq!(run(&out, true).resumed_at, Some(4), "every tick is kept");
    assert!(!out.join("checkpoint.bin").exists());
    run(&straight, false);
    // The card tells what was played in the last tick, which is not played again.
    let adapter = "adapters/learner_1/adapter_model.safetensors";
    for file in ["strategy_evolution.csv", adapter, "adapters/learner_1/README.md"] {
        assert_eq!(std::fs::read(out.join(file)).unwrap(), std::fs::read(straight.join(file)).unwrap(), "{file}");
    }
}

#[test]
fn a_folder_that_goes_away_is_noticed_within_a_tick() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let error = run_with_mishap(&out, 1, |folder| std::fs::remove_dir_all(folder).unwrap());
    assert!(matches!(error, RunError::FolderGone { .. }), "{error}");
    assert!(!out.exists(), "nothing of it is made again");
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_whole_rows_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (out, straight) = (dir.path().join("run"), dir.path().join("straight"));
    let args = "--scenario scenarios/scripted_tournament.ron --ticks 3 --set rounds='Fixed(30)'";
    // No file may grow beyond a limit, so writing fails as on a full disk, in the middle of a row.
    let script = format!("trap '' XFSZ; ulimit -f 300; exec \"$1\" {args} --out \"$2\"");
    let mut run = Command::new("sh");
    run.current_dir(root()).args(["-c", &script, "sh", env!("CARGO_BIN_EXE_sim")]).arg(&out);
    let output = run.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    for words in ["cannot write", "moves.csv", "every table ends with a whole row", "a limit is reached"] {
        assert!(message.contains(words), "{words} in {message}");
    }
    for table in ["moves.csv", "strategy_evolution.csv", "social_outcomes.csv"] {
        let text = std::fs::read_to_string(out.join(table)).unwrap();
        assert!(text.ends_with('\n'), "{table} ends with {:?}", text.lines().last());
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        assert!(rows.records().all(|row| row.is_ok()), "{table}");
    }
    assert!(!std::fs::read_dir(&out).unwrap().any(|e| e.unwrap().file_name().to_string_lossy().contains("partial")));
    let args = ["--scenario", "scenarios/scripted_tournament.ron", "--ticks", "3", "--set", "rounds=Fixed(30)"];
    sim().args(args).args(["--resume", "--out"]).arg(&out).assert().success();
    sim().args(args).arg("--out").arg(&straight).assert().success();
    assert_eq!(std::fs::read(out.join("moves.csv")).unwrap(), std::fs::read(straight.join("moves.csv")).unwrap());
}
