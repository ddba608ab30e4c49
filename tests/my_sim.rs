//! A program outside this crate, `examples/my_sim`, has the whole command line for what it adds.

use crate::support::{root, stderr, stdout};
use agora::prelude::*;
use agora::run::RunOptions;
use assert_cmd::Command;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const SCENARIO: &str = "examples/my_sim/scenarios/snow.ron";

/// The built program.
fn binary() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut cargo = std::process::Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "-p", "my_sim", "--message-format=json"]).current_dir(root());
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8(output.stdout).unwrap();
        let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
        let executable = |line| message(line)?["executable"].as_str().map(PathBuf::from);
        messages.lines().find_map(executable).expect("the program is among what was built")
    })
}

fn my_sim() -> Command {
    let mut command = Command::new(binary());
    command.current_dir(root());
    command
}

#[test]
fn what_a_program_adds_is_checked_planned_explained_and_in_the_schema() {
    let plan = stdout(my_sim().args(["--scenario", SCENARIO, "--dry-run"]), 0);
    assert!(
        plan.contains("snowdrift")
            && plan.contains("a ring, 2 neighbours")
            && plan.contains("raft")
            && plan.contains("The scenario is valid"),
        "{plan}"
    );
    let sweep = stdout(my_sim().args(["--scenario", SCENARIO, "--seeds", "1..2", "--dry-run"]), 0);
    assert!(sweep.contains("The scenario is valid") && sweep.contains("snow-s2"), "{sweep}");
    for (name, expected) in [
        ("snowdrift", "benefit: What driving on is worth. Required."),
        ("envy", "alpha: Weight of the disadvantage."),
        ("patient", "forgives"),
        ("trusting", "pace"),
        ("ring", "distance: How many neighbours on the right an agent meets."),
        ("raft", "discount: Discount of later rewards of the match."),
        ("trust", "In strategy_evolution.csv: the agent's trust after it has learned from the tick"),
        ("trust", "In social_outcomes.csv: the mean trust"),
        ("columns", "trust: the mean trust of the agents that have one"),
        ("reward_envy", "strategy_evolution.csv"),
    ] {
        // Long lines are wrapped.
        let text = stdout(my_sim().args(["explain", name]), 0).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(expected), "{text}");
    }
    let all = stdout(my_sim().arg("explain"), 0);
    assert!(all.contains("snowdrift") && all.contains("always_cooperate"), "{all}");
    let schema: serde_json::Value = serde_json::from_str(&stdout(my_sim().arg("schema"), 0)).unwrap();
    let text = schema.to_string();
    assert!(text.contains("What driving on is worth.") && text.contains("\"const\":\"trusting\""), "{text}");
}

#[test]
fn a_rule_of_evolution_of_its_own_is_run_and_refused_like_those_of_sim() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = "examples/my_sim/scenarios/evolving.ron";
    let plan = stdout(my_sim().args(["--scenario", scenario, "--dry-run"]), 0);
    assert!(plan.contains("evolve  truncation, share 0.1, every 2 ticks"), "{plan}");
    let out = dir.path().join("run");
    my_sim().args(["--scenario", scenario, "--out"]).arg(&out).assert().success();
    let table = std::fs::read_to_string(out.join("strategy_evolution.csv")).unwrap();
    let last =
        |strategy: &str| table.lines().filter(|line| line.starts_with("199,") && line.contains(strategy)).count();
    assert_ne!(last(",patient,patient,"), 5, "some have inherited another strategy:\n{table}");
    let set = ["--set", "evolution.rule.Custom.params.share=0.9"];
    let message = stderr(my_sim().args(["--scenario", scenario, "--dry-run"]).args(set), 2);
    assert!(message.contains("`share` is 0.9, expected more than 0 and at most 0.5"), "{message}");
}

#[test]
fn mistakes_in_what_a_program_adds_are_told_with_their_place_and_the_right_word() {
    let dir = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join(SCENARIO)).unwrap();
    for (from, to, expected) in [
        ("cost: 3.0", "costs: 3.0", &["snow.ron:4:", "unknown field `costs`", "did you mean `cost`?"][..]),
        ("benefit: 4.0, cost: 3.0", "benefit: \"4\", cost: 3.0", &["snow.ron:4:", "without quotes: `4`"]),
        ("benefit: 4.0, cost: 3.0", "cost: 3.0", &["missing field `benefit`"]),
        (", params: (forgives: 2)", "", &["missing field `params`", "forgives: …"]),
        ("cost: 3.0", "cost: 5.0", &["`snowdrift` refuses its parameters", "below `benefit` 4"]),
        ("\"patient\", params", "\"patience\", params", &["unknown plugin policy `patience`", "`patient`"]),
        (
            "benefit: 4.0, cost",
            "drivers: 3, benefit: 4.0, cost",
            &["neighbours cannot fill the 3 seats of `snowdrift`"],
        ),
        ("distance: 2", "distance: 3", &["6 agents have no ring with 3 neighbours", "fewer than half"]),
        ("lr: 0.01", "lr: -0.01", &["lr -0.01 is not positive"]),
        (
            "(optimizer",
            "(discount: 2.0, optimizer",
            &["`raft` refuses its parameters", "`discount` is 2, expected 0 to 1"],
        ),
        ("\"raft\"", "\"craft\"", &["unknown plugin learner `craft`", "`raft`"]),
        ("alpha: 0.8", "alpha: 0.8, beta: 1.0", &["unknown field `beta`"]),
    ] {
        let path = dir.path().join("snow.ron");
        assert!(text.contains(from), "{from}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let message = stderr(my_sim().arg("--scenario").arg(&path).arg("--dry-run"), 2);
        assert!(expected.iter().all(|part| message.contains(part)), "{to}:\n{message}");
    }
    let set = ["--set", "game.Custom.params.cost=3.5", "--set", "populations.trusting.policy.params.pace=0.2"];
    let plan = stdout(my_sim().args(["--scenario", SCENARIO, "--dry-run"]).args(set), 0);
    assert!(plan.contains("The scenario is valid"), "{plan}");
}

#[test]
fn a_run_of_it_has_its_columns_and_resumes_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["--scenario", SCENARIO, "--ticks", "200", "--checkpoint", "0", "--threads", "1"];
    let straight = dir.path().join("straight");
    my_sim().args(args).arg("--out").arg(&straight).assert().success();
    let table = std::fs::read_to_string(straight.join("strategy_evolution.csv")).unwrap();
    let heads = table.lines().next().unwrap();
    assert!(heads.contains("reward_envy") && heads.ends_with(",trust"), "{heads}");
    let trust = |line: &str| line.rsplit(',').next().unwrap().parse::<f64>().ok();
    for line in table.lines().skip(1) {
        assert_eq!(trust(line).is_some(), line.contains("trusting"), "{line}");
    }
    let outcomes = std::fs::read_to_string(straight.join("social_outcomes.csv")).unwrap();
    assert!(outcomes.lines().skip(1).all(|line| trust(line).is_some()), "{outcomes}");
    assert!(std::fs::read_to_string(straight.join("report.html")).unwrap().contains("\"name\":\"trust\""));
    let compared = stdout(my_sim().arg("compare").arg(&straight), 0);
    assert!(compared.contains("  trust\n"), "{compared}");
    // What was resolved reads as what was written.
    let resolved = straight.join("scenario.ron");
    my_sim().arg("--scenario").arg(&resolved).arg("--dry-run").assert().success();
    let broken = dir.path().join("broken");
    let mut child =
        std::process::Command::new(binary()).args(args).arg("--out").arg(&broken).current_dir(root()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while !broken.join("checkpoint.bin").exists() && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "no checkpoint in two minutes");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "the run was over before it could be killed");
    my_sim().args(args).arg("--out").arg(&broken).arg("--resume").assert().success();
    for file in ["strategy_evolution.csv", "social_outcomes.csv"] {
        let read = |folder: &PathBuf| std::fs::read(folder.join(file)).unwrap();
        assert_eq!(read(&straight), read(&broken), "{file}");
    }
}

#[test]
fn a_run_goes_on_with_the_columns_it_was_begun_with() {
    let dir = tempfile::tempdir().unwrap();
    let text = r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(2),
        populations: [(name: "grim", count: 2, policy: Scripted(Grim))])"#;
    let run = |column: &'static str, fails: bool| {
        let mut simulation = Simulation::extended(&move |app| {
            app.add_column(column, "Some number.", |row| Some(f64::from(row.tick)));
        });
        if fails {
            let fail = |clock: Res<Clock>, mut failure: ResMut<TickFailure>| {
                if clock.tick == 1 {
                    failure.note("it is tired");
                }
            };
            simulation.app.add_systems(Tick, fail.after(TickSystems::Record));
        }
        let scenario = crate::support::scenario(&simulation, text);
        let (out, checkpoints) = (Some(dir.path().join("run")), Some(Duration::ZERO));
        simulation.run_quietly(&scenario, &RunOptions { out, checkpoints, resume: true, ..RunOptions::default() })
    };
    assert!(run("mood", true).unwrap_err().to_string().contains("tired"));
    let error = run("temper", false).unwrap_err().to_string();
    assert!(error.contains("strategy_evolution.csv") && error.contains("columns"), "{error}");
    run("mood", false).unwrap();
    let table = std::fs::read_to_string(dir.path().join("run/strategy_evolution.csv")).unwrap();
    let moods: Vec<&str> = table.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(moods, ["mood", "0", "0", "1", "1", "2", "2"]);
}
