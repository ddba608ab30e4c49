//! Evolution against a plain loop, and under a change that must change nothing.

use crate::evolution::{TABLES, strategies};
use crate::support::{Table, run_text};

/// The event loop again, in a few lines and without a world: one-shot dilemmas on a ring, imitation one by one.
#[test]
fn a_run_is_what_a_plain_loop_makes_of_the_same_draws() {
    use agora::rng::{Purpose, StreamKey, stream};
    use rand::RngExt;
    const TEXT: &str = r#"(version: 1, ticks: 40, seed: 9, game: Named("prisoners_dilemma"), rounds: Fixed(1),
        matchmaking: Neighbours, structure: (interaction: Ring(neighbours: 2), placement: AsListed),
        evolution: (rule: Fermi(strength: 0.5, comparisons: 4)), populations: [
            (name: "kind", count: 5, policy: Scripted(AlwaysCooperate)),
            (name: "mean", count: 4, policy: Scripted(AlwaysDefect))])"#;
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(TEXT, &out, 1);
    let rows = Table::read(&out, "strategy_evolution.csv");
    let mut defects: Vec<bool> = (0..9).map(|agent| agent >= 5).collect();
    for tick in 0..40u32 {
        let found = strategies(&rows, tick);
        let expected: Vec<&str> =
            defects.iter().map(|&defects| if defects { "always_defect" } else { "always_cooperate" }).collect();
        assert_eq!(found, expected, "tick {tick}");
        let payoff = |own: bool, other: bool| [[3.0, 0.0], [5.0, 1.0]][usize::from(own)][usize::from(other)];
        let fitness: Vec<f64> = (0..9)
            .map(|i| (payoff(defects[i], defects[(i + 1) % 9]) + payoff(defects[i], defects[(i + 8) % 9])) / 2.0)
            .collect();
        let mut rng = stream(9, Purpose::Evolution, StreamKey { tick, ..StreamKey::default() });
        for _ in 0..4 {
            let focal: usize = rng.random_range(0..9);
            let mut beside = [(focal + 1) % 9, (focal + 8) % 9];
            beside.sort_unstable();
            let model = beside[rng.random_range(0..2usize)];
            if rng.random::<f64>() < 1.0 / (1.0 + (-0.5 * (fitness[model] - fitness[focal])).exp()) {
                defects[focal] = defects[model];
            }
        }
    }
}

/// The same for every rule, whose events a plain loop carries out one after another, or all at once.
#[test]
fn a_plain_loop_carries_out_the_events_of_every_rule_as_a_run_does() {
    use agora::rng::{Purpose, StreamKey, stream};
    use agora::world::{Event, Graph, Society};
    const TEXT: &str = r#"(version: 1, ticks: 30, seed: 4, game: Matrix(name: "g", actions: ["c", "d"],
            payoffs: [[(3.0, 3.0), (1.0, 4.0)], [(4.0, 1.0), (0.5, 0.5)]]), rounds: Fixed(1),
        matchmaking: Neighbours, structure: (interaction: GRAPH, placement: AsListed),
        evolution: (rule: RULE), populations: [
            (name: "kind", count: 5, policy: Scripted(AlwaysCooperate)),
            (name: "mean", count: 4, policy: Scripted(AlwaysDefect))])"#;
    let dir = tempfile::tempdir().unwrap();
    let ring: Vec<(u32, u32)> = (0..9).map(|agent| (agent, (agent + 1) % 9)).collect();
    let mut changes = 0;
    for rule in [
        "Fermi(strength: 0.5, comparisons: 4)",
        "Fermi(strength: 0.5, synchronous: true)",
        "Moran(fitness: Exponential(0.5), births: 3)",
        "MoranDeathBirth(fitness: Linear(0.4), deaths: 3)",
        "ImitateBest(comparisons: 3, synchronous: false)",
        "ProportionalImitation(scale: 4.0, comparisons: 5)",
        "WrightFisher(fitness: Exponential(0.5))",
        "Truncation(share: 0.6)",
    ] {
        let is_complete = rule.starts_with("Truncation");
        let (text, graph) = match is_complete {
            true => ("WellMixed()", Graph::Complete(9)),
            false => ("Ring(neighbours: 2)", Graph::of(9, &ring)),
        };
        let out = dir.path().join("run");
        let _ = std::fs::remove_dir_all(&out);
        run_text(&TEXT.replacen("RULE", rule, 1).replacen("GRAPH", text, 1), &out, 1);
        let rows = Table::read(&out, "strategy_evolution.csv");
        let spec: agora::scenario::format::UpdateRuleSpec =
            agora::scenario::text::resolved::ron_options().from_str(rule).unwrap();
        let rule = spec.build(&agora::world::Factories::default()).unwrap();
        let mut defects: Vec<bool> = (0..9).map(|agent| agent >= 5).collect();
        for tick in 0..30u32 {
            let name = |defects: &bool| if *defects { "always_defect" } else { "always_cooperate" };
            assert_eq!(strategies(&rows, tick), defects.iter().map(name).collect::<Vec<_>>(), "{spec:?}, tick {tick}");
            let payoff = |own: bool, other: bool| [[3.0, 1.0], [4.0, 0.5]][usize::from(own)][usize::from(other)];
            let fitness: Vec<f64> = (0..9)
                .map(|i| {
                    let sum: f64 = graph.neighbours(i).map(|j| payoff(defects[i], defects[j])).sum();
                    sum / graph.degree(i) as f64
                })
                .collect();
            let mut rng = stream(4, Purpose::Evolution, StreamKey { tick, ..StreamKey::default() });
            let before = defects.clone();
            for event in rule.events(&Society { fitness: &fitness, replacement: &graph }, &mut rng).unwrap() {
                if let Event::Birth { child, parent } = event {
                    let from = if rule.at_once() { &before } else { &defects };
                    defects[child.index()] = from[parent.index()];
                }
            }
            changes += usize::from(defects != before);
        }
    }
    assert!(changes > 40, "{changes}");
}

/// Names of actions, and the order in which a game lists them, are of no account.
#[test]
fn permuting_the_actions_changes_nothing_but_their_names() {
    const GAME: &str = r#"Matrix(name: "g", actions: ["give", "keep"], cooperative: ["give"],
        payoffs: [[(3.0, 3.0), (0.0, 5.0)], [(5.0, 0.0), (1.0, 1.0)]])"#;
    const TURNED: &str = r#"Matrix(name: "g", actions: ["no", "yes"], cooperative: ["yes"],
        payoffs: [[(1.0, 1.0), (5.0, 0.0)], [(0.0, 5.0), (3.0, 3.0)]])"#;
    const TEXT: &str = r#"(version: 1, ticks: 60, game: GAME, rounds: Fixed(6), noise: 0.05,
        evolution: (rule: Fermi(strength: 0.7, comparisons: 5), every: 2, mutation: (types: Some(Uniform(0.05)))),
        populations: [
            (name: "kind", count: 6, policy: Scripted(AlwaysCooperate), rewards: [(term: Deontological())]),
            (name: "mean", count: 6, policy: Scripted(AlwaysDefect)),
            (name: "fair", count: 6, policy: Scripted(GenerousTitForTat(p: 0.3))),
            (name: "long", count: 6, policy: Scripted(Gradual))])"#;
    let dir = tempfile::tempdir().unwrap();
    let out = |of: &str| dir.path().join(of);
    for (of, game) in [("plain", GAME), ("turned", TURNED)] {
        run_text(&TEXT.replacen("GAME", game, 1), &out(of), 1);
    }
    for table in TABLES.into_iter().chain(["pairs.csv"]) {
        let read = |of: &str| std::fs::read_to_string(out(of).join(table)).unwrap();
        assert!(read("plain") == read("turned"), "{table}");
    }
    assert!(Table::read(&out("plain"), "genealogy.csv").len() > 30);
}
