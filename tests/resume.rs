//! Runs that stop in the middle and are resumed: the same bytes as runs that never stopped.

use crate::support::{files, root, scenario, sim, stderr, stdout, wait_until};
use agora::llm::engine::machine::FUSED;
use agora::metrics::TableError;
use agora::run::{Manifest, RunError, RunOptions, Simulation, Status};
use agora::scenario::load::{Scenario, load};
use agora::world::Clock;
use agora::world::schedule::{Tick, TickSystems};
use bevy_ecs::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Every learner and its state: baselines by prompt, advantages, running rewards, adaptive penalties, values, texts.
pub(crate) const LEARNERS: &str = r#"(
    version: 1, ticks: 7, game: Named("prisoners_dilemma"), rounds: Fixed(3), model: Named("tiny"),
    output: (moves: true, pairs: true, generations: true, exact: true, every: 2),
    populations: [
        (name: "reinforce", policy: Llm(), learner: Reinforce(optimizer: (lr: 0.003))),
        (name: "grpo", policy: Llm(), learner: Grpo(optimizer: (lr: 0.003))),
        (name: "ppo", policy: Llm(adapter: (rank: 3)), learner: Ppo(
            epochs: 2, scale_rewards: RunningMeanStd, kl: Adaptive(coef: 0.2, target: 6.0, horizon: 100.0),
            optimizer: (lr: 0.003))),
        (name: "activated", policy: Llm(activated: true), learner: Rloo(optimizer: (lr: 0.003))),
        (name: "texts", policy: Llm(prompt: (decision: Generate, generation: (max_new_tokens: 3))), learner: Rloo()),
        (name: "frozen", policy: Llm()),
        (name: "phases", policy: Llm(), learner: Grpo(), rewards: [(term: Payoff, until: 4), (term: Utilitarian, from: 4)]),
        (name: "random", policy: Scripted(Random())),
    ],
)"#;

/// Tables of values, with ever less exploration.
const TABLES: &str = r#"(
    version: 1, ticks: 9, game: Named("stag_hunt"), rounds: Fixed(4), matchmaking: RandomPairs(),
    populations: [
        (name: "learner", count: 4, policy: QLearning(epsilon: Linear(from: 1.0, to: 0.0, over: 30))),
        (name: "grim", count: 2, policy: Scripted(Grim)),
    ],
)"#;

/// The tick in which a run is made to fail.
#[derive(Resource)]
struct FailsIn(u32);

fn fail(clock: Res<Clock>, when: Res<FailsIn>, mut failure: ResMut<agora::world::TickFailure>) {
    if clock.tick == when.0 {
        let source = std::io::Error::other("pulled out");
        failure.note(TableError { path: PathBuf::from("a table"), source });
    }
}

/// All results in `folder` by name.
pub(crate) fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read =
        |path: PathBuf| (path.strip_prefix(folder).unwrap().display().to_string(), std::fs::read(&path).unwrap());
    let all = ["csv", "ron", "safetensors"].into_iter().flat_map(|extension| files(folder, extension));
    let prompts = Some(folder.join("prompts.json")).filter(|path| path.exists());
    all.chain(prompts).map(read).collect()
}

fn options(out: &Path, threads: usize, checkpoints: Option<Duration>, resume: bool) -> RunOptions {
    RunOptions { out: Some(out.to_path_buf()), threads: Some(threads), checkpoints, resume, ..RunOptions::default() }
}

/// Runs `scenario` straight through, and stopped in each of `stops` and resumed; both must leave the same.
pub(crate) fn check_resumed_is_straight(scenario: &Scenario, stops: &[u32]) {
    let dir = tempfile::tempdir().unwrap();
    let [straight, stopped] = ["straight", "stopped"].map(|name| dir.path().join(name));
    let finished = Simulation::new().run_quietly(scenario, &options(&straight, 2, None, false)).unwrap();
    assert_eq!(finished.resumed_at, None);
    for &tick in stops {
        let mut simulation = Simulation::new();
        simulation.app.insert_resource(FailsIn(tick)).add_systems(Tick, fail.after(TickSystems::Record));
        let options = options(&stopped, 1, Some(Duration::ZERO), true);
        let error = simulation.run_quietly(scenario, &options).unwrap_err();
        assert!(error.to_string().contains("pulled out"), "{error}");
        assert_eq!(Manifest::read(&stopped).unwrap().unwrap().status, Status::Failed);
    }
    let resumed = Simulation::new().run_quietly(scenario, &options(&stopped, 2, None, true)).unwrap();
    assert_eq!(resumed.resumed_at, stops.last().copied());
    assert_eq!(resumed.summary.table(), finished.summary.table());
    let (found, expected) = (results(&stopped), results(&straight));
    assert!(expected.len() >= 3 && found.keys().eq(expected.keys()), "{:?}", found.keys());
    for (name, bytes) in &expected {
        assert!(found[name] == *bytes, "{name} differs");
    }
    let manifest = Manifest::read(&stopped).unwrap().unwrap();
    // A run that fails in a tick has its checkpoint from just before it.
    assert_eq!(manifest.resumed_at, stops);
    assert!(!stopped.join("checkpoint.bin").exists(), "a run that is done needs no checkpoint");
}

#[test]
fn every_kind_of_learner_goes_on_as_if_it_had_never_stopped() {
    let simulation = Simulation::new();
    check_resumed_is_straight(&scenario(&simulation, LEARNERS), &[3, 5]);
    check_resumed_is_straight(&scenario(&simulation, TABLES), &[2, 8]);
}

#[test]
fn shipped_scenarios_with_partners_networks_and_talk_go_on_too() {
    let simulation = Simulation::new();
    for (file, overrides, stop) in [
        ("partner_choice.ron", &["ticks=5", "model=Named(\"tiny\")"][..], 3),
        ("talk.ron", &["model=Named(\"tiny\")"], 1),
        ("papers/aies24_majority_s.ron", &["ticks=60", "output.every=7"], 40),
    ] {
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_string()).collect();
        match load(&root().join("scenarios").join(file), &overrides, &simulation.known()) {
            Ok(scenario) => check_resumed_is_straight(&scenario, &[stop]),
            Err(errors) => panic!("{}", errors.render(false)),
        }
    }
}

#[test]
fn a_killed_process_is_taken_up_by_another() {
    let dir = tempfile::tempdir().unwrap();
    let out = |name: &str| dir.path().join(name);
    // Long enough to be caught in the middle.
    let args = ["--scenario", "scenarios/quick_look.ron", "--ticks", "120"];
    let mut run = Command::new(env!("CARGO_BIN_EXE_sim"));
    run.current_dir(root()).args(args).args(["--checkpoint", "0", "--out"]).arg(out("killed"));
    let mut child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(&mut child, || out("killed").join("checkpoint.bin").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let message = stderr(sim().args(args).arg("--out").arg(out("killed")), 1);
    assert!(message.contains("is not empty"), "{message}");
    let other = ["--scenario", "scenarios/quick_look.ron", "--ticks", "121", "--resume", "--out"];
    let message = stderr(sim().args(other).arg(out("killed")), 1);
    assert!(message.contains("cannot resume") && message.contains("other settings"), "{message}");

    let printed = stdout(sim().args(args).args(["--resume", "--out"]).arg(out("killed")), 0);
    assert!(printed.contains("taken up again at tick"), "{printed}");
    sim().args(args).args(["--checkpoint", "never", "--out"]).arg(out("straight")).assert().success();
    assert_eq!(results(&out("killed")), results(&out("straight")));
    let message = stderr(sim().args(args).args(["--resume", "--out"]).arg(out("killed")), 1);
    assert!(message.contains("already complete"), "{message}");
}

#[test]
fn a_run_that_was_killed_just_after_its_end_is_put_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let args = ["--scenario", "scenarios/quick_look.ron", "--ticks", "2", "--out"];
    sim().args(args).arg(&run).assert().success();
    let report = std::fs::read(run.join("report.html")).unwrap();
    std::fs::remove_file(run.join("report.html")).unwrap();
    let leftovers = ["checkpoint.bin", ".report.html.99.partial", "adapters/selfish_0/.README.md.99.partial"];
    for name in leftovers {
        std::fs::write(run.join(name), "half").unwrap();
    }
    std::fs::write(run.join(".mine.txt.99.partial"), "precious").unwrap();
    let printed = stdout(sim().args(args).arg(&run).arg("--resume"), 0);
    assert!(printed.contains("was complete but for its last files, which are in order now"), "{printed}");
    assert!(leftovers.iter().all(|name| !run.join(name).exists()));
    assert!(run.join(".mine.txt.99.partial").exists(), "what is not of sim stays");
    assert!(std::fs::read(run.join("report.html")).unwrap() == report);
    let message = stderr(sim().args(args).arg(&run).arg("--resume"), 1);
    assert!(message.contains("already complete"), "{message}");
    // A report from before the end is drawn again.
    std::fs::write(run.join("report.html"), "of a run in progress").unwrap();
    let early = std::fs::metadata(run.join("manifest.json")).unwrap().modified().unwrap() - Duration::from_secs(1);
    std::fs::File::options().write(true).open(run.join("report.html")).unwrap().set_modified(early).unwrap();
    stdout(sim().args(args).arg(&run).arg("--resume"), 0);
    assert!(std::fs::read(run.join("report.html")).unwrap() == report);
}

#[cfg(unix)]
fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_its_tick_and_says_how_to_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = |name: &str| dir.path().join(name);
    let args = ["--scenario", "scenarios/quick_look.ron", "--ticks", "120"];
    sim().args(args).arg("--out").arg(out("straight")).assert().success();
    for signal in ["-INT", "-TERM", "-HUP"] {
        let stopped = out(signal);
        // A run begun with HUP ignored, as under `nohup`, continues to ignore it; this suite may have been begun that
        // way.
        let mut run = Command::new("env");
        run.arg("--default-signal=HUP").arg(env!("CARGO_BIN_EXE_sim"));
        run.current_dir(root()).args(args).arg("--out").arg(&stopped);
        let mut child = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let rows = || std::fs::read_to_string(stopped.join("social_outcomes.csv")).unwrap_or_default().lines().count();
        wait_until(&mut child, || rows() >= 3);
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{message}");
        assert!(message.contains("stopping after this tick"), "{message}");
        assert!(message.contains("of 120 ticks; go on with --resume"), "{message}");
        let manifest = Manifest::read(&stopped).unwrap().unwrap();
        assert_eq!(manifest.status, Status::Interrupted);
        assert!(manifest.ticks_played >= 2 && manifest.error.unwrap().starts_with("interrupted after"));
        let message = stderr(sim().arg("compare").arg(&stopped), 2);
        assert!(message.contains("not done yet (interrupted)"), "{message}");
        sim().args(args).args(["--resume", "--out"]).arg(&stopped).assert().success();
        assert_eq!(results(&stopped), results(&out("straight")));
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_stops_a_long_tick_at_once() {
    let dir = tempfile::tempdir().unwrap();
    // A tick that takes hours.
    let scenario = r#"(version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(1000000), matchmaking: RandomPairs(repeats: 1000),
        populations: [(name: "a", count: 2, policy: Scripted(Grim))])"#;
    std::fs::write(dir.path().join("long.ron"), scenario).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_sim"));
    run.arg("--scenario").arg(dir.path().join("long.ron")).arg("--out").arg(dir.path().join("run"));
    let log = dir.path().join("log");
    let mut child = run.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
    let said = |words: &str| std::fs::read_to_string(&log).unwrap().contains(words);
    wait_until(&mut child, || dir.path().join("run/social_outcomes.csv").exists());
    // The tables are opened just before the first tick; a signal between the two would find no tick to wait for.
    std::thread::sleep(Duration::from_millis(500));
    send("-TERM", &child);
    wait_until(&mut child, || said("once more stops at once"));
    send("-TERM", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!said("interrupted after"), "nobody waited for the tick");
}

#[test]
fn a_damaged_checkpoint_and_other_weights_are_refused_and_without_one_the_run_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    let simulation = Simulation::new();
    let scenario = scenario(&simulation, TABLES);
    let out = dir.path().join("run");
    let stop = |checkpoints| {
        let mut simulation = Simulation::new();
        simulation.app.insert_resource(FailsIn(4)).add_systems(Tick, fail.after(TickSystems::Record));
        simulation.run_quietly(&scenario, &options(&out, 1, checkpoints, true)).unwrap_err();
    };
    let resume = || Simulation::new().run_quietly(&scenario, &options(&out, 1, None, true));
    stop(Some(Duration::ZERO));
    let checkpoint = out.join("checkpoint.bin");
    let whole = std::fs::read(&checkpoint).unwrap();
    for bytes in [&whole[..whole.len() / 2], b"", b"\x09something else altogether"] {
        std::fs::write(&checkpoint, bytes).unwrap();
        let error = resume().unwrap_err();
        assert!(matches!(error, RunError::Checkpoint { .. }), "{error}");
        assert!(error.to_string().contains("checkpoint.bin"), "{error}");
    }
    refuses_every_flipped_bit(&checkpoint, &whole, resume);
    std::fs::write(&checkpoint, &whole).unwrap();
    std::fs::write(out.join(".checkpoint.bin.partial"), "half").unwrap();
    let text = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    std::fs::write(out.join("manifest.json"), text.replace("\"device\": \"cpu\"", "\"device\": \"cuda:0\"")).unwrap();
    let error = resume().unwrap_err().to_string();
    assert!(error.contains("the device cuda:0, and would go on with cpu"), "{error}");
    std::fs::remove_file(&checkpoint).unwrap();
    assert_eq!(resume().unwrap().resumed_at, None);
    assert!(!out.join(".checkpoint.bin.partial").exists(), "what a killed writer left is gone when the run is done");
}

/// Flips bits all over the file, each by itself, and makes the file longer and shorter.
fn refuses_every_flipped_bit(
    checkpoint: &Path,
    whole: &[u8],
    resume: impl Fn() -> Result<agora::run::Finished, RunError>,
) {
    let mut damaged: Vec<Vec<u8>> = vec![[whole, &[0]].concat(), whole[..whole.len() - 1].to_vec()];
    let step = (whole.len() / 300).max(1);
    damaged.extend((0..whole.len()).step_by(step).map(|at| {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 1 << (at % 8);
        bytes
    }));
    for bytes in damaged {
        std::fs::write(checkpoint, bytes).unwrap();
        let error = resume().unwrap_err();
        assert!(matches!(error, RunError::Checkpoint { .. }), "{error}");
    }
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let simulation = Simulation::new();
    let stop = |seed: &str| {
        let out = dir.path().join(seed);
        let text = TABLES.replace("version: 1,", &format!("version: 1, seed: {seed},"));
        let scenario = scenario(&simulation, &text);
        let mut simulation = Simulation::new();
        simulation.app.insert_resource(FailsIn(4)).add_systems(Tick, fail.after(TickSystems::Record));
        simulation.run_quietly(&scenario, &options(&out, 1, Some(Duration::ZERO), false)).unwrap_err();
        (out, scenario)
    };
    let ((one, scenario), (two, _)) = (stop("1"), stop("2"));
    std::fs::copy(two.join("checkpoint.bin"), one.join("checkpoint.bin")).unwrap();
    let error = Simulation::new().run_quietly(&scenario, &options(&one, 1, None, true)).unwrap_err().to_string();
    assert!(error.contains("a run with another scenario"), "{error}");
}

#[test]
fn a_simulation_runs_once() {
    let mut simulation = Simulation::new();
    let scenario = scenario(&simulation, TABLES);
    simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
    let error = simulation.run_quietly(&scenario, &RunOptions::default()).unwrap_err();
    assert!(matches!(error, RunError::RunBefore), "{error}");
}

/// One learner that takes a moment.
const LEARNER: &str = r#"(
    version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
    populations: [(name: "grpo", count: 2, policy: Llm(), learner: Grpo(optimizer: (lr: 0.003)))],
)"#;

#[test]
fn a_run_goes_on_with_the_instruction_set_it_was_begun_with() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let scenario = scenario(&Simulation::new(), LEARNER);
    let mut simulation = Simulation::new();
    simulation.app.insert_resource(FailsIn(1)).add_systems(Tick, fail.after(TickSystems::Record));
    simulation.run_quietly(&scenario, &options(&out, 1, Some(Duration::ZERO), true)).unwrap_err();
    let here = FUSED;
    let text = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    let line = format!("  \"instructions\": \"{here}\",\n");
    assert!(text.contains(&line), "{text}");
    let resume = |manifest: &str| {
        std::fs::write(out.join("manifest.json"), manifest).unwrap();
        Simulation::new().run_quietly(&scenario, &options(&out, 1, None, true))
    };
    let error = resume(&text.replace(here, "abacus")).unwrap_err().to_string();
    assert!(error.contains(&format!("the instruction set abacus, and would go on with {here}")), "{error}");
    // A run from before the field existed continues as it did.
    assert_eq!(resume(&text.replace(&line, "")).unwrap().resumed_at, Some(1));
}

#[test]
fn a_policy_that_checkpoints_would_lose_is_refused() {
    let mut simulation = Simulation::new();
    let factories = &mut simulation.app.world_mut().resource_mut::<agora::world::Factories>();
    factories.add_policy("moody", "Does nothing.", |_: BTreeMap<String, f64>, _| Ok(()));
    let text = r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(1),
        populations: [(name: "moody", count: 2, policy: Custom(name: "moody"))])"#;
    let scenario = scenario(&simulation, text);
    let options = RunOptions { checkpoints: Some(Duration::ZERO), ..RunOptions::default() };
    let error = simulation.run_quietly(&scenario, &options).unwrap_err().to_string();
    assert!(error.contains("`moody`") && error.contains("Snapshots::covers"), "{error}");
}
