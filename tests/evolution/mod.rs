//! Strategies, weights and adapters that agents inherit from each other.

mod adapters;
mod documents;
mod generations;
mod genes;
mod islands;
mod pair_by_pair;
mod refusals;
mod resuming;
mod tables;

use crate::support::{Table, sim, stderr};

/// Ten cooperators, ten defectors and ten reciprocators.
pub(crate) const SCENARIO: &str = r#"(version: 1, ticks: 600, game: Named("prisoners_dilemma"), rounds: Fixed(10), noise: 0.01,
    evolution: (rule: Fermi(strength: 2.0, comparisons: 10), every: 2), populations: [
        (name: "kind", count: 10, policy: Scripted(AlwaysCooperate)),
        (name: "mean", count: 10, policy: Scripted(AlwaysDefect)),
        (name: "fair", count: 10, policy: Scripted(TitForTat))])"#;

/// Types on a lattice, with all kinds of mutation, invaders and a committed minority.
pub(crate) const RICH: &str = r#"(version: 1, ticks: 160, game: Named("prisoners_dilemma"), rounds: Fixed(6), noise: 0.01,
    matchmaking: Neighbours,
    structure: (interaction: Lattice(width: 6, neighbourhood: Moore), replacement: Some(Ring(neighbours: 4))),
    evolution: (rule: MoranDeathBirth(fitness: Exponential(2.0), deaths: 6), every: 2, burn_in: 4,
        mutation: (types: Some(Uniform(0.02)), strategy: (rate: 0.1, deviation: 0.2)), committed: ["mean"],
        invasions: [(tick: 9, population: "wary", count: 3)]),
    populations: [
        (name: "kind", count: 20, policy: Scripted(AlwaysCooperate)),
        (name: "mean", count: 4, policy: Scripted(AlwaysDefect)),
        (name: "wary", count: 0, policy: Scripted(WinStayLoseShift)),
        (name: "fair", count: 12, policy: Scripted(TitForTat))])"#;

/// Q-learners whose moral weights are genes.
pub(crate) const GENES: &str = r#"(version: 1, ticks: 60, game: Named("prisoners_dilemma"), rounds: Fixed(5),
    matchmaking: Assortative(r: 0.4, repeats: 2),
    evolution: (rule: WrightFisher(fitness: Exponential(1.0)), every: 5,
        inherit: (strategy: false, weights: ["payoff", "altruist"], learned: Lamarckian),
        mutation: (weights: (rate: 0.3, deviation: 0.2, simplex: true))),
    populations: [
        (name: "selfish", count: 6, policy: QLearning(),
            rewards: [(term: Payoff, weight: 1.0), (term: Altruist, weight: 0.0)]),
        (name: "moral", count: 6, policy: QLearning(),
            rewards: [(term: Payoff, weight: 0.5), (term: Altruist, weight: 0.5)])])"#;

/// The names of the run's files that hold rows.
pub(crate) const TABLES: [&str; 4] = ["strategy_evolution.csv", "social_outcomes.csv", "types.csv", "genealogy.csv"];

/// The names of the agents' strategies in the rows of `tick`.
pub(crate) fn strategies(table: &Table, tick: u32) -> Vec<String> {
    table.rows_where("tick", &tick.to_string()).iter().map(|&row| table.text(row, "policy").to_owned()).collect()
}

/// What the dry run of `text` with `to` in place of `from` says on standard error, and ends with `code`.
pub(crate) fn said(text: &str, from: &str, to: &str, code: i32) -> String {
    assert!(text.contains(from), "{from}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.ron");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    stderr(sim().arg("--scenario").arg(&path).arg("--dry-run"), code)
}

/// What `text` with `to` in place of `from` is refused with.
pub(crate) fn refused(text: &str, from: &str, to: &str) -> String {
    said(text, from, to, 2)
}
