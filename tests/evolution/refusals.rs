//! What is refused before a run, and what ends one.

use super::{GENES, RICH, SCENARIO, refused, said};
use crate::support::{sim, stderr};

#[test]
fn what_cannot_be_inherited_is_refused() {
    for (from, to, expected) in [
        ("Scripted(TitForTat)", "QLearning()", "`fair` has no strategy that others can inherit"),
        ("every: 2", "every: 0", "`every` must be at least 1"),
        ("strength: 2.0", "strength: -1.0", "strength -1 is negative"),
        ("comparisons: 10", "comparisons: 0", "0 comparisons per generation"),
        ("Fermi(strength: 2.0, comparisons: 10)", "Ferni(strength: 2.0)", "did you mean `Fermi`?"),
    ] {
        let message = refused(SCENARIO, from, to);
        assert!(message.contains(expected), "{message}");
    }
    for (from, to, expected) in [
        ("every: 2", "every: 601", "it lasts 601 ticks, and"),
        ("every: 2", "every: 2, burn_in: 599", "after 599 ticks of burn-in"),
        ("ticks: 600", "ticks: 600, output: (every: 4)", "rows of 4 ticks cover several generations"),
    ] {
        let warned = said(SCENARIO, from, to, 0);
        assert!(warned.contains(expected), "{warned}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (text, from, to, expected) in [
        (RICH, "width: 6", "width: 7", "36 agents do not fill rows of 7"),
        (RICH, "Ring(neighbours: 4)", "Ring(neighbours: 3)", "3 neighbours in a ring of 36 agents"),
        (RICH, "Uniform(0.02)", "Matrix([[1.0]])", "1 rows for 4 founding types"),
        (RICH, "Uniform(0.02)", "Uniform(1.5)", "1.5 is not a probability"),
        (RICH, "Scripted(TitForTat)", "Scripted(TitForTwoTats)", "`fair` has no memory-one probabilities"),
        (SCENARIO, "Scripted(TitForTat)", "Scripted(RandomMemoryOne())", "are of no one type"),
        (
            SCENARIO,
            "noise: 0.01,",
            "play: PairByPair, reputation: (norm: SternJudging),",
            "what players are known for changes",
        ),
        (RICH, "committed: [\"mean\"]", "committed: [\"maen\"]", "did you mean `mean`?"),
        (RICH, "tick: 9", "tick: 160", "an invasion before tick 160, which is never played"),
        (
            RICH,
            "MoranDeathBirth(fitness: Exponential(2.0), deaths: 6)",
            "Truncation(share: 0.5)",
            "truncation ranks all agents",
        ),
        (RICH, "deaths: 6", "deaths: 0", "0 deaths per generation"),
        (RICH, "count: 3)]", "count: 33)]", "33 agents invade, and there are only 32 to replace"),
        (GENES, "\"altruist\"]", "\"altruits\"]", "has 0 rewards of the term `altruits`"),
        (GENES, "strategy: false", "strategy: true", "`selfish` has no strategy that others can inherit"),
        (GENES, "weight: 0.5)])])", "weight: 0.7)])])", "the inherited weights of `moral` sum to 1.2"),
        (SCENARIO, "every: 2", "every: 2, fitness: Term(\"pay\")", "unknown reward term `pay`"),
        (SCENARIO, "every: 2", "every: 2, inherit: (strategy: false)", "nothing is inherited"),
        (SCENARIO, "noise: 0.01", "noise: 0.01, play: PairByPair", "with noise, no match goes as another does"),
    ] {
        let message = refused(text, from, to);
        assert!(message.contains(expected), "{from} → {to}:\n{message}");
    }
    // Two parts, neither of which can take over the other.
    let edges = dir.path().join("edges.csv");
    std::fs::write(&edges, "0,1\n2,3\n").unwrap();
    let text = SCENARIO.replacen("every: 2)", "every: 2, stop_at_fixation: true)", 1).replacen(
        "noise: 0.01,",
        &format!("structure: (interaction: EdgeList(path: {:?})),", edges),
        1,
    );
    let path = dir.path().join("s.ron");
    std::fs::write(&path, text).unwrap();
    let message = stderr(sim().arg("--scenario").arg(&path).arg("--dry-run"), 2);
    assert!(message.contains("is not connected, so that no type can take over"), "{message}");
}

#[test]
fn negative_fitness_under_raw_moran_ends_the_run_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.ron");
    let raw = SCENARIO.replacen("Fermi(strength: 2.0, comparisons: 10)", "Moran(fitness: Raw)", 1);
    let negative = r#"Matrix(name: "g", actions: ["a", "b"], payoffs: [[(-3, -3), (0, 0)], [(0, 0), (1, 1)]])"#;
    let foreseen = raw.replacen("Named(\"prisoners_dilemma\")", negative, 1);
    std::fs::write(&path, &foreseen).unwrap();
    let message = stderr(sim().arg("--scenario").arg(&path).arg("--dry-run"), 2);
    assert!(message.contains("payoffs of this game are as low as -3, which raw fitness forbids"), "{message}");
    // Of rewards, that is not known beforehand.
    let met = raw.replacen("every: 2", "every: 2, fitness: Reward", 1).replacen(
        "AlwaysCooperate)",
        "AlwaysCooperate), rewards: [(term: AntiAltruist)]",
        1,
    );
    std::fs::write(&path, &met).unwrap();
    let message = stderr(sim().arg("--scenario").arg(&path).args(["--out", "run"]).current_dir(dir.path()), 1);
    assert!(message.contains("offspring cannot be had in proportion to a negative number"), "{message}");
}
