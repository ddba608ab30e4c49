//! Pairs played once for all ticks leave the same files as ticks played one by one.

use super::TABLES;
use crate::support::{Table, run_text};

#[test]
fn pairs_played_once_for_all_give_the_same_bytes() {
    const TEXT: &str = r#"(version: 1, ticks: 40, game: Matrix(name: "odd", actions: ["a", "b"],
            payoffs: [[(0.7, 0.7), (0.1, 1.3)], [(1.3, 0.1), (0.3, 0.3)]]), rounds: Fixed(7),
        matchmaking: Neighbours, structure: (interaction: Lattice(width: 6, neighbourhood: Moore)),
        evolution: (rule: ImitateBest(), mutation: (types: Some(Uniform(0.05)))), output: (every: 2), populations: [
            (name: "kind", count: 12, policy: Scripted(AlwaysCooperate),
                rewards: [(term: Payoff, weight: 0.3), (term: Altruist, weight: 0.7), (term: Deontological(), from: 5)]),
            (name: "mean", count: 12, policy: Scripted(AlwaysDefect)),
            (name: "fair", count: 12, policy: Scripted(WinStayLoseShift))])"#;
    let dir = tempfile::tempdir().unwrap();
    run_text(TEXT, &dir.path().join("plain"), 1);
    let fast = TEXT.replacen("version: 1,", "version: 1, play: PairByPair,", 1);
    for threads in [1, 2] {
        let out = format!("fast{threads}");
        run_text(&fast, &dir.path().join(&out), threads);
        for table in ["strategy_evolution.csv", "social_outcomes.csv", "types.csv", "genealogy.csv", "pairs.csv"] {
            let read = |out: &str| std::fs::read_to_string(dir.path().join(out).join(table)).unwrap();
            assert!(read("plain") == read(&out), "{table}, {threads} threads");
        }
    }
    // Strategies that draw, as mutants do, are played in lockstep.
    let noisy = |text: &str| text.replacen("types: Some(Uniform(0.05))", "strategy: (rate: 0.2, deviation: 0.3)", 1);
    run_text(&noisy(TEXT), &dir.path().join("plain_noisy"), 1);
    run_text(&noisy(&fast), &dir.path().join("fast_noisy"), 1);
    let read = |out: &str| std::fs::read_to_string(dir.path().join(out).join("strategy_evolution.csv")).unwrap();
    assert!(read("plain_noisy") == read("fast_noisy"));
}

#[test]
fn pairs_played_once_give_the_same_bytes_where_agents_choose_and_where_rewards_are_selected() {
    const PLAIN: &str = r#"(version: 1, ticks: 30, game: Named("prisoners_dilemma"), rounds: Fixed(5),
        matchmaking: RoundRobin,
        evolution: (rule: Fermi(strength: 0.7, comparisons: 5), mutation: (types: Some(Uniform(0.1)))), populations: [
            (name: "kind", count: 6, policy: Scripted(AlwaysCooperate),
                rewards: [(term: Payoff, weight: 0.3), (term: Altruist, weight: 0.7)]),
            (name: "mean", count: 6, policy: Scripted(AlwaysDefect)),
            (name: "fair", count: 6, policy: Scripted(TitForTat), rewards: [(term: Deontological())])])"#;
    let assortative = PLAIN.replacen("RoundRobin", "Assortative(r: 0.5, repeats: 3)", 1);
    let reward = |text: &str| text.replacen("comparisons: 5),", "comparisons: 5), fitness: Reward,", 1);
    let isles = PLAIN.replacen("RoundRobin", "Neighbours, structure: (interaction: Islands(count: 4))", 1).replacen(
        "mutation:",
        "migration: (every: 2, pairs: 3), mutation:",
        1,
    );
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("reward", reward(PLAIN)),
        ("assortative", assortative.clone()),
        ("both", reward(&assortative)),
        ("islands", isles),
    ] {
        let out = |way: &str| dir.path().join(format!("{name}_{way}"));
        run_text(&text, &out("plain"), 1);
        run_text(&text.replacen("version: 1,", "version: 1, play: PairByPair,", 1), &out("fast"), 2);
        for table in TABLES.into_iter().chain(["pairs.csv"]) {
            let read = |way: &str| std::fs::read_to_string(out(way).join(table)).unwrap();
            assert!(read("plain") == read("fast"), "{name}, {table}");
        }
        let lives = Table::read(&out("plain"), "genealogy.csv");
        assert!(lives.len() > 20, "{name}: {} lives", lives.len());
    }
    // Selection by rewards is another than by payoffs, so that the comparison is about it.
    let types = |name: &str| std::fs::read_to_string(dir.path().join(name).join("types.csv")).unwrap();
    assert_ne!(types("assortative_plain"), types("both_plain"));
}
