//! Bad input is refused with sentences that teach, before anything slow starts.

use crate::support::{sim, stderr, stdout};
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
    for list in ["terms", "strategies", "games"] {
        assert!(stdout(sim().args(["explain", list]), 0).lines().count() > 20);
    }
}
