//! Strategies that agents inherit from each other.

use crate::support::{Table, run_text, sim, stderr};

/// Ten cooperators, ten defectors and ten reciprocators.
const SCENARIO: &str = r#"(version: 1, ticks: 600, game: Named("prisoners_dilemma"), rounds: Fixed(10), noise: 0.01,
    evolution: (rule: Fermi(strength: 2.0, comparisons: 10), every: 2), populations: [
        (name: "kind", count: 10, policy: Scripted(AlwaysCooperate)),
        (name: "mean", count: 10, policy: Scripted(AlwaysDefect)),
        (name: "fair", count: 10, policy: Scripted(TitForTat))])"#;

/// The names of the agents' strategies in the rows of `tick`.
fn strategies(table: &Table, tick: u32) -> Vec<String> {
    table.rows_where("tick", &tick.to_string()).iter().map(|&row| table.text(row, "policy").to_owned()).collect()
}

#[test]
fn strategies_spread_between_generations_and_rows_tell_who_played() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(SCENARIO, &out, 1);
    let table = Table::read(&out, "strategy_evolution.csv");
    let first = strategies(&table, 0);
    assert_eq!(
        (&first[..10], &first[20..]),
        (&vec!["always_cooperate".to_owned(); 10][..], &vec!["tit_for_tat".to_owned(); 10][..])
    );
    assert_eq!(strategies(&table, 1), first, "a generation has two ticks");
    assert_ne!(strategies(&table, 2), first);
    // The probabilities of a row are those of the strategy that it names.
    for row in table.rows_where("policy", "always_defect") {
        assert_eq!(table.number(row, "p_c_cc"), Some(0.0));
    }
    let last = strategies(&table, 599);
    let count = |name: &str| last.iter().filter(|strategy| *strategy == name).count();
    assert!(count("always_defect") < 10, "{last:?}");
}

#[test]
fn a_run_that_evolves_resumes_to_the_byte_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = dir.path().join("evolving.ron");
    std::fs::write(&scenario, SCENARIO).unwrap();
    let run = |out: &str, more: &[&str]| {
        let mut command = sim();
        command.arg("--scenario").arg(&scenario).args(["--out", out]).args(more).current_dir(dir.path());
        command
    };
    let read = |out: &str| std::fs::read(dir.path().join(out).join("strategy_evolution.csv")).unwrap();
    run("straight", &["--threads", "1"]).assert().success();
    run("threads", &["--threads", "2"]).assert().success();
    assert_eq!(read("straight"), read("threads"));
    // A run that is killed once strategies have spread resumes from its last checkpoint.
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sim"))
        .arg("--scenario")
        .arg(&scenario)
        .args(["--out", "broken", "--checkpoint", "0"])
        .current_dir(dir.path())
        .spawn()
        .unwrap();
    let table = dir.path().join("broken/strategy_evolution.csv");
    let has_evolved = || std::fs::read_to_string(&table).is_ok_and(|text| text.contains("\n20,"));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !has_evolved() && child.try_wait().unwrap().is_none() {
        assert!(std::time::Instant::now() < deadline, "no tick 20 within a minute");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "the run was over before it could be killed");
    assert!(dir.path().join("broken/checkpoint.bin").exists());
    run("broken", &["--resume"]).assert().success();
    assert_eq!(read("straight"), read("broken"));
}

#[test]
fn what_cannot_be_inherited_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |from: &str, to: &str| {
        let path = dir.path().join("s.ron");
        assert!(SCENARIO.contains(from), "{from}");
        std::fs::write(&path, SCENARIO.replacen(from, to, 1)).unwrap();
        stderr(sim().arg("--scenario").arg(&path).arg("--dry-run"), 2)
    };
    for (from, to, expected) in [
        ("Scripted(TitForTat)", "QLearning()", "`fair` has no strategy that others can inherit"),
        ("every: 2", "every: 0", "`every` must be at least 1"),
        ("strength: 2.0", "strength: -1.0", "strength -1 is negative"),
        ("comparisons: 10", "comparisons: 0", "0 comparisons per generation"),
        ("Fermi(strength: 2.0, comparisons: 10)", "Ferni(strength: 2.0)", "did you mean `Fermi`?"),
    ] {
        let message = refused(from, to);
        assert!(message.contains(expected), "{message}");
    }
    let path = dir.path().join("rows.ron");
    std::fs::write(&path, SCENARIO.replacen("ticks: 600", "ticks: 600, output: (every: 4)", 1)).unwrap();
    let warned = stderr(sim().arg("--scenario").arg(&path).arg("--dry-run"), 0);
    assert!(warned.contains("rows of 4 ticks cover several generations"), "{warned}");
}
