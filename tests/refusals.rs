//! Bad input is refused with sentences that teach, before anything slow starts.

use crate::support::{scenario, sim, stderr, stdout};
use agora::games::{Action, Game};
use agora::run::{RunOptions, Simulation};
use agora::world::Factories;
use std::collections::BTreeMap;
use std::path::PathBuf;

const MANY_MISTAKES: &str = r#"(
    version: 1,
    ticks: 4,
    game: Named("prisoner_dilemma"),
    rounds: Fixed("five"),
    matchmakin: RoundRobin,
    prompt: (labels: ["go", "goal"]),
    populations: [
        (name: "nobody", count: 0, policy: Scripted(TitForTats)),
        (name: "late", policy: Llm(), rewards: [(term: Payoff, weight: -1.0, from: 9)]),
    ],
)"#;

fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scenario.ron");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

#[test]
fn all_problems_at_once_with_places_and_nearest_words() {
    let (_dir, path) = write(MANY_MISTAKES);
    let message = stderr(sim().arg("--scenario").arg(&path), 2);
    let expected = [
        ("scenario.ron:4:", "prisoners_dilemma"),
        ("scenario.ron:5:", "five"),
        ("scenario.ron:6:", "matchmaking"),
        ("scenario.ron:7:", "goal"),
        ("scenario.ron:9:", "count"),
        ("scenario.ron:9:", "TitForTat"),
        ("scenario.ron:10:", "-1"),
        ("scenario.ron:10:", "9"),
    ];
    for (place, word) in expected {
        assert!(message.contains(place) && message.contains(word), "{place} {word} in:\n{message}");
    }
}

#[test]
fn a_missing_scenario_a_bad_override_and_a_bad_device_exit_with_2() {
    let message = stderr(sim().args(["--scenario", "nowhere.ron"]), 2);
    assert!(message.contains("nowhere.ron"), "{message}");
    let message = stderr(sim().args(["--scenario", "scenarios/quick_look.ron", "--set", "tick=5"]), 2);
    assert!(message.contains("ticks"), "{message}");
    let message = stderr(sim().args(["--scenario", "scenarios/quick_look.ron", "--device", "gpu"]), 2);
    assert!(message.contains("cuda:N"), "{message}");
    sim().args(["--scenarios", "x"]).assert().code(2);
}

#[test]
fn a_model_file_that_is_missing_or_broken_exits_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.gguf");
    std::fs::write(&broken, b"GGUF\x03\0\0\0 and then nothing").unwrap();
    let model = format!("model=Path({:?})", broken.display().to_string());
    let out = dir.path().join("run");
    let args = ["--scenario", "scenarios/llm_vs_llm.ron", "--set", &model, "--out"];
    let message = stderr(sim().args(args).arg(&out), 1);
    assert!(message.contains("broken.gguf"), "{message}");
    let message = stderr(sim().args(["score", "--model", "./nothing.gguf", "--prompt", "a", "--labels", "b,c"]), 1);
    assert!(message.contains("nothing.gguf"), "{message}");
}

#[test]
fn a_dry_run_loads_no_model_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = sim();
    command.args(["--scenario"]).arg(crate::support::root().join("scenarios/mixed_morals.ron")).arg("--dry-run");
    let printed = stdout(command.current_dir(dir.path()).env("AGORA_CACHE", dir.path().join("cache")), 0);
    assert!(printed.contains("utilitarian") && printed.contains("66 matches"), "{printed}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn explain_knows_its_words_and_suggests_the_nearest() {
    let printed = stdout(sim().args(["explain", "deontological"]), 0);
    assert!(printed.contains("Tennant"), "{printed}");
    let message = stderr(sim().args(["explain", "deontologic"]), 2);
    assert!(message.contains("`deontological`"), "{message}");
    let printed = stdout(sim().args(["explain", "regret_utilitarian"]), 0);
    assert!(printed.contains("strategy_evolution.csv: mean shortfall"), "{printed}");
    let message = stderr(sim().args(["explain", "regret_utilitarain"]), 2);
    assert!(message.contains("`regret_utilitarian`"), "{message}");
    // A term and a column of moves.csv.
    let printed = stdout(sim().args(["explain", "payoff"]), 0);
    assert!(printed.contains("Reward:") && printed.contains("moves.csv"), "{printed}");
    for list in ["learners", "matchmakers", "evolution"] {
        assert!(stdout(sim().args(["explain", list]), 0).lines().count() > 8, "{list}");
    }
    assert!(stdout(sim().args(["explain", "grpo"]), 0).contains("`learner: Grpo()`"));
    for list in ["terms", "strategies", "games", "columns"] {
        assert!(stdout(sim().args(["explain", list]), 0).lines().count() > 20);
    }
}

/// A plugin's game with these actions and this many seats, which pays nothing.
#[derive(Debug)]
struct Crowd(Vec<String>, usize);

impl Game for Crowd {
    fn name(&self) -> &str {
        "crowd"
    }

    fn seats(&self) -> usize {
        self.1
    }

    fn actions(&self) -> &[String] {
        &self.0
    }

    fn payoffs(&self, _: &[Action], payoffs: &mut [f64]) {
        payoffs.fill(0.0);
    }

    fn symmetric(&self) -> bool {
        true
    }
}

#[test]
fn a_plugins_game_with_too_many_outcomes_is_refused_before_they_are_gone_through() {
    let simulation_with = |actions: usize, seats: usize| {
        let mut simulation = Simulation::new();
        let mut factories = simulation.app.world_mut().resource_mut::<Factories>();
        let names: Vec<String> = (0..actions).map(|i| format!("a{i}")).collect();
        factories.add_game("crowd", "Many.", move |_: BTreeMap<String, f64>| Ok(Crowd(names.clone(), seats)));
        simulation
    };
    let text = r#"(version: 1, ticks: 1, game: Custom(name: "crowd"), rounds: Fixed(1), populations: [
        (name: "random", count: 300, policy: Scripted(Random()))])"#;
    for (actions, seats, wanted) in
        [(20, 20, "more than 1048576 joint actions"), (2, 300, "300 seats, expected 2 to 255"), (300, 2, "300 actions")]
    {
        let refused = simulation_with(actions, seats).scenario(text).unwrap_err().render(false);
        assert!(refused.contains(wanted) && refused.contains(": 1 error;"), "{refused}");
    }
    let mut simulation = simulation_with(3, 20);
    let scenario = scenario(&simulation, text);
    simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
}

#[test]
fn what_plugins_registered_outlives_a_refusal() {
    let mut simulation = Simulation::new();
    let mut factories = simulation.app.world_mut().resource_mut::<Factories>();
    factories.add_policy("moody", "Not today.", |_: BTreeMap<String, f64>, _| Err("not today".into()));
    let scenario = scenario(
        &simulation,
        r#"(version: 1, ticks: 1, game: Named("stag_hunt"), rounds: Fixed(1), populations: [
            (name: "moody", count: 2, policy: Custom(name: "moody"))])"#,
    );
    let refused = simulation.run_quietly(&scenario, &RunOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("not today"), "{refused}");
    assert!(simulation.known().offered.policies.contains_key("moody"));
}

#[test]
fn the_plan_says_where_results_go() {
    let printed = stdout(sim().args(["--scenario", "scenarios/quick_look.ron", "--dry-run"]), 0);
    assert!(printed.contains("  output  runs/quick_look-s") && printed.contains("decisions per tick"), "{printed}");
}

#[test]
fn words_that_are_no_commands_and_numbers_that_are_none_are_told_what_was_expected() {
    for (args, expected) in [
        (&["sweeep", "scenarios/quick_look.ron", "--seeds", "1..2"][..], "did you mean `sweep`?"),
        (&["lst", "runs"], "did you mean `list`?"),
        (&["scenarios/quick_look.ron", "--ticks", "-1"], "'-1' for '--ticks <N>'"),
        (&["sweep", "scenarios/quick_look.ron", "--seeds", "1", "--checkpoint", "-1"], "expected a number of minutes"),
    ] {
        let said = stderr(sim().args(args), 2);
        assert!(said.contains(expected) && !said.contains("cannot be used with"), "{args:?}: {said}");
    }
    let told = stdout(sim().args(["models", "fetch", "tiny"]), 0);
    assert!(told.contains("tiny is built in"), "{told}");
}

#[test]
fn a_population_stays_or_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine.ron");
    let base = crate::support::root().join("scenarios/scripted_tournament.ron");
    std::fs::write(&path, format!("(extends: {base:?}, populations: [(name: \"random\", remove: false)])")).unwrap();
    let said = stderr(sim().arg(&path).arg("--dry-run"), 2);
    assert!(said.contains("`remove` is not `true`") && !said.contains("unknown field"), "{said}");
}

#[test]
fn a_mistake_in_a_strategy_is_shown_where_it_was_written() {
    let said = stderr(sim().args(["meta", "--strategy", "titfortat", "--out", "nowhere"]), 2);
    assert!(said.contains("| titfortat") && !said.contains("strategy_0"), "{said}");
}
