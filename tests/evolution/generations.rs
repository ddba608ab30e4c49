//! Strategies that spread from generation to generation.

use super::{SCENARIO, strategies};
use crate::support::{Table, run_text};

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
fn a_run_stops_at_fixation_and_says_what_it_leaves_behind() {
    let text = SCENARIO
        .replacen("every: 2)", "every: 2, stop_at_fixation: true)", 1)
        .replacen("strength: 2.0", "strength: 0.0", 1)
        .replacen("ticks: 600", "ticks: 60000, output: (pairs: false)", 1);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&text, &out, 1);
    let manifest = crate::support::manifest(&out);
    let played = manifest["ticks_played"].as_u64().unwrap();
    assert_eq!(manifest["status"], "done");
    assert!(played < 60000, "{played}");
    let types = Table::read(&out, "types.csv");
    let last = types.rows_where("tick", &played.to_string());
    assert_eq!((last.len(), types.text(last[0], "count"), types.text(last[0], "frequency")), (1, "30", "1"));
    let rows = Table::read(&out, "strategy_evolution.csv");
    assert_eq!(rows.text(rows.len() - 1, "tick"), (played - 1).to_string());
}

#[test]
fn an_invader_begins_without_the_payoffs_of_the_agent_it_replaces() {
    let text = r#"(version: 1, ticks: 12, game: Named("prisoners_dilemma"), rounds: Fixed(1),
        evolution: (rule: Fermi(strength: 0.0), every: 10, invasions: [(tick: 9, population: "kind", count: 2)]),
        populations: [
            (name: "mean", count: 8, policy: Scripted(AlwaysDefect)),
            (name: "kind", count: 0, policy: Scripted(AlwaysCooperate))])"#;
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(text, &out, 1);
    let types = Table::read(&out, "types.csv");
    let row = types.rows_where("type", "always_cooperate")[0];
    // One tick among six defectors and one cooperator: 3 of 7 matches; nine ticks of defection paid 1 a match.
    let fitness = types.number(row, "fitness").unwrap();
    assert_eq!(types.text(row, "tick"), "9");
    assert!((fitness - 3.0 / 7.0).abs() < 1e-6, "{fitness}");
    // What the run leaves behind is told after its last tick, though no generation ends there.
    assert_eq!(types.text(types.len() - 1, "tick"), "12");
}
