//! Strategies that agents inherit from each other.

use crate::islands::{ISLANDS, on_islands};
use crate::support::{Table, killed_at, root, run_text, scenario, sim, stderr, stdout};
use agora::run::{RunOptions, Simulation};
use agora::world::schedule::{Tick, TickSystems};
use agora::world::snapshot::Snapshots;
use agora::world::{Chronicle, Lineages, TypeNames};
use bevy_ecs::prelude::*;

/// Ten cooperators, ten defectors and ten reciprocators.
pub(crate) const SCENARIO: &str = r#"(version: 1, ticks: 600, game: Named("prisoners_dilemma"), rounds: Fixed(10), noise: 0.01,
    evolution: (rule: Fermi(strength: 2.0, comparisons: 10), every: 2), populations: [
        (name: "kind", count: 10, policy: Scripted(AlwaysCooperate)),
        (name: "mean", count: 10, policy: Scripted(AlwaysDefect)),
        (name: "fair", count: 10, policy: Scripted(TitForTat))])"#;

/// The names of the agents' strategies in the rows of `tick`.
pub(crate) fn strategies(table: &Table, tick: u32) -> Vec<String> {
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

/// The names of the run's files that hold rows.
pub(crate) const TABLES: [&str; 4] = ["strategy_evolution.csv", "social_outcomes.csv", "types.csv", "genealogy.csv"];

/// Reputations, and matches that begin where the last ended.
const KNOWN: &str = "noise: 0.02, opening: LastMoves, reputation: (norm: SternJudging, assessment_error: 0.05),";

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

#[test]
fn runs_with_everything_resume_to_the_byte_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let networks = GENES.replace("QLearning()", "QNetwork()").replace("Lamarckian", "Darwinian");
    let (isles, learning) = (ISLANDS.replacen("noise: 0.02,", KNOWN, 1), on_islands(GENES));
    for (name, text) in [
        ("plain", SCENARIO),
        ("rich", RICH),
        ("genes", GENES),
        ("networks", &networks),
        ("isles", &isles),
        ("learning", &learning),
    ] {
        let scenario = dir.path().join(format!("{name}.ron"));
        std::fs::write(&scenario, text).unwrap();
        let run = |out: &str, more: &[&str]| {
            let mut command = sim();
            let out = format!("{name}_{out}");
            command.arg("--scenario").arg(&scenario).args(["--out", &out]).args(more).current_dir(dir.path());
            command
        };
        let read = |out: &str| {
            TABLES.map(|table| std::fs::read(dir.path().join(format!("{name}_{out}")).join(table)).unwrap())
        };
        run("straight", &["--threads", "1"]).assert().success();
        run("threads", &["--threads", "2"]).assert().success();
        assert!(read("straight") == read("threads"), "{name}: threads");
        let broken = format!("{name}_broken");
        killed_at("\n22,", dir.path(), &scenario, &broken);
        assert!(dir.path().join(&broken).join("checkpoint.bin").exists(), "{name}");
        run("broken", &["--resume"]).assert().success();
        assert!(read("straight") == read("broken"), "{name}: resumed");
    }
}

#[test]
fn lives_types_and_places_are_told_in_the_tables() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(RICH, &out, 1);
    let rows = Table::read(&out, "strategy_evolution.csv");
    // Committed agents keep their type and their life.
    for row in rows.rows_where("population", "mean") {
        assert_eq!((rows.text(row, "type"), rows.text(row, "born")), ("always_defect", ""));
    }
    // Before the burn-in is over, all are founders.
    assert!(rows.rows_where("tick", "4").iter().all(|&row| rows.text(row, "parent").is_empty()));
    let places: std::collections::BTreeSet<(String, String)> = rows
        .rows_where("tick", "0")
        .iter()
        .map(|&row| (rows.text(row, "x").to_owned(), rows.text(row, "y").to_owned()))
        .collect();
    assert_eq!(places.len(), 36);
    let lives = Table::read(&out, "genealogy.csv");
    let mut known: std::collections::BTreeSet<u64> = (0..36).collect();
    let mut invaders = 0;
    for row in 0..lives.len() {
        let number = |head: &str| lives.number(row, head).map(|number| number as u64);
        assert!(known.insert(number("child").unwrap()), "a life has one number");
        match lives.text(row, "origin") {
            "invasion" => {
                invaders += 1;
                assert_eq!((lives.text(row, "tick"), lives.text(row, "type")), ("9", "win_stay_lose_shift"));
            }
            _ => assert!(known.contains(&number("parent").unwrap()), "parents come first"),
        }
    }
    assert_eq!(invaders, 3);
    let types = Table::read(&out, "types.csv");
    for tick in [5, 7, 159, 160] {
        let here = types.rows_where("tick", &tick.to_string());
        let count: f64 = here.iter().filter_map(|&row| types.number(row, "count")).sum();
        assert_eq!(count, 36.0, "tick {tick}");
        // What the run leaves behind has not played.
        assert!(here.iter().all(|&row| types.text(row, "fitness").is_empty() == (tick == 160)));
    }
    assert!((0..types.len()).any(|row| types.text(row, "type").starts_with("memory_one:")));
    stdout(sim().arg("report").arg(&out), 0);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("\"name\":\"types\"") && page.contains("\"name\":\"lattice\""));
}

#[test]
fn weights_are_inherited_and_mutate_on_the_simplex() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(GENES, &out, 1);
    let types = Table::read(&out, "types.csv");
    let mut mutants = 0;
    for row in 0..types.len() {
        let name = types.text(row, "type");
        let weights: Vec<f64> =
            name.split('=').skip(1).filter_map(|part| part.split(' ').next()?.parse().ok()).collect();
        if !weights.is_empty() {
            mutants += 1;
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9 && weights.iter().all(|w| *w >= 0.0), "{name}");
        }
    }
    assert!(mutants > 10 && types.text(0, "type") == "q_learning/selfish", "{mutants}");
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

/// In a generation of one tick, an agent that is born with all that its parent learned knows more than one that starts
/// again; what a parent was born with is what a founder knew.
#[test]
fn what_was_learned_is_handed_on_by_the_rule_of_inheritance() {
    let dir = tempfile::tempdir().unwrap();
    // Without exploration, what a table says is what it has learned: an empty row plays at random.
    let run = |learned: &str| {
        let text = GENES
            .replace("QLearning()", "QLearning(epsilon: Constant(0.0))")
            .replace("learned: Lamarckian", &format!("learned: {learned}"))
            .replacen("ticks: 60", "ticks: 61", 1);
        let out = dir.path().join(learned);
        run_text(&text, &out, 1);
        let rows = Table::read(&out, "strategy_evolution.csv");
        let last = rows.rows_where("tick", "60");
        let mut unlearned = 0;
        for row in last {
            let cells = ["p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
            unlearned += cells.iter().filter(|cell| rows.number(row, cell) == Some(0.5)).count();
        }
        (unlearned, std::fs::read(out.join("strategy_evolution.csv")).unwrap())
    };
    let (lamarckian, baldwinian, darwinian) = (run("Lamarckian"), run("Baldwinian"), run("Darwinian"));
    // One tick after birth, most rows of a table that starts again are empty.
    assert!(lamarckian.0 * 3 < baldwinian.0 + 3, "{} rows, {}", lamarckian.0, baldwinian.0);
    assert!(baldwinian.1 == darwinian.1, "founders' tables are empty, so that both start again");
}

#[test]
fn types_are_told_with_their_traits() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("rich");
    run_text(RICH, &out, 1);
    let types = Table::read(&out, "types.csv");
    let probabilities = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
    let mut mutants = 0;
    for row in 0..types.len() {
        let found = probabilities.map(|head| types.number(row, head).unwrap());
        let expected = match types.text(row, "type") {
            "always_cooperate" => vec![1.0; 5],
            "always_defect" => vec![0.0; 5],
            "tit_for_tat" => vec![1.0, 1.0, 0.0, 1.0, 0.0],
            "win_stay_lose_shift" => vec![1.0, 1.0, 0.0, 0.0, 1.0],
            mutant => {
                mutants += 1;
                let (_, numbers) = mutant.split_once("memory_one:").unwrap();
                numbers.split('/').map(|number| number.parse().unwrap()).collect()
            }
        };
        assert_eq!(found.to_vec(), expected, "{}", types.text(row, "type"));
    }
    assert!(mutants > 10, "{mutants}");
    // What has no such numbers leaves them empty.
    let out = dir.path().join("odd");
    run_text(&SCENARIO.replacen("TitForTat", "TitForTwoTats", 1).replacen("ticks: 600", "ticks: 2", 1), &out, 1);
    let types = Table::read(&out, "types.csv");
    let of = |name: &str| probabilities.map(|head| types.text(types.rows_where("type", name)[0], head).to_owned());
    assert_eq!((of("tit_for_two_tats").concat(), of("always_cooperate").concat()), (String::new(), "11111".into()));
    // Weights that are inherited have columns of their own, and strategies that are not have none.
    let out = dir.path().join("genes");
    run_text(GENES, &out, 1);
    let text = std::fs::read_to_string(out.join("types.csv")).unwrap();
    assert_eq!(text.lines().next(), Some("tick,type,count,frequency,fitness,weight_payoff,weight_altruist"));
    let types = Table::read(&out, "types.csv");
    for row in 0..types.len() {
        let [payoff, altruist] = ["weight_payoff", "weight_altruist"].map(|head| types.number(row, head).unwrap());
        let expected = match types.text(row, "type") {
            "q_learning/selfish" => "q_learning payoff=1 altruist=0".to_owned(),
            "q_learning/moral" => "q_learning payoff=0.5 altruist=0.5".to_owned(),
            mutant => mutant.to_owned(),
        };
        assert_eq!(format!("q_learning payoff={payoff} altruist={altruist}"), expected);
    }
    stdout(sim().arg("report").arg(&out), 0);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("\"name\":\"traits\""));
}

/// Two learners that meet each other alone: what altruism pays one is its weight times the other's payoff.
#[test]
fn a_selfish_agent_whose_weights_mutate_is_paid_by_the_new_ones() {
    let text = GENES
        .replacen("matchmaking: Assortative(r: 0.4, repeats: 2),", "", 1)
        .replacen("rate: 0.3", "rate: 1.0", 1)
        .replace("count: 6", "count: 1");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(&text, &out, 1);
    let (rows, types) = (Table::read(&out, "strategy_evolution.csv"), Table::read(&out, "types.csv"));
    let mut changed = 0;
    for row in rows.rows_where("population", "selfish") {
        let name = rows.text(row, "type");
        let own = types.rows_where("type", name)[0];
        let [payoff, altruist] = ["weight_payoff", "weight_altruist"].map(|head| types.number(own, head).unwrap());
        // The other agent of the tick has the next row.
        let [mine, theirs] = [row, row + 1].map(|row| rows.number(row, "payoff_mean").unwrap());
        let found = ["reward_payoff", "reward_altruist"].map(|head| rows.number(row, head).unwrap());
        for (found, expected) in found.into_iter().zip([payoff * mine, altruist * theirs]) {
            assert!((found - expected).abs() < 1e-9, "{name}: {found}, {expected}");
        }
        changed += usize::from(altruist > 0.0 && theirs > 0.0);
    }
    assert!(changed > 10, "{changed} rows of a selfish agent that is no longer selfish");
}

/// What a tick left in memory.
#[derive(Resource, Default)]
struct Sizes(Vec<[usize; 5]>);

#[test]
fn the_state_of_a_long_run_does_not_grow() {
    fn measure(world: &mut World) {
        let (lineages, chronicle) = (world.resource::<Lineages>(), world.resource::<Chronicle>());
        let mut snapshot = Vec::new();
        world.resource::<Snapshots>().save(world, &mut snapshot).unwrap();
        let names = world.resource::<TypeNames>().0.len();
        let sizes = [lineages.known.len(), names, chronicle.types.len(), chronicle.births.len(), snapshot.len()];
        world.resource_mut::<Sizes>().0.push(sizes);
    }
    let mut simulation = Simulation::extended(&|app| {
        app.init_resource::<Sizes>();
        app.add_systems(Tick, measure.after(TickSystems::RecordEvolution));
    });
    let text = RICH
        .replacen("ticks: 160", "ticks: 1206", 1)
        .replacen("rounds: Fixed(6)", "rounds: Fixed(1)", 1)
        .replacen("rate: 0.1", "rate: 0.5", 1);
    let scenario = scenario(&simulation, &text);
    simulation.run_quietly(&scenario, &RunOptions::default()).unwrap();
    let (sizes, lineages) =
        (&simulation.app.world().resource::<Sizes>().0, simulation.app.world().resource::<Lineages>());
    assert!(sizes.len() == 1206 && lineages.next_type > 1000, "{} types were there", lineages.next_type);
    for [known, names, types, births, _] in sizes {
        // Four founding types, and at most one for each of 36 agents; six deaths a generation, and three invaders once.
        assert!(*known <= 40 && *names <= 40 && *types <= 80 && *births <= 9, "{known} {names} {types} {births}");
    }
    // What a tick told is forgotten in the next, in which no generation ends.
    let ends = |tick: usize| tick >= 4 && (tick - 3).is_multiple_of(2);
    let quiet = |tick: &usize| !ends(*tick) && *tick != 9 && *tick != 1205;
    assert!((0..1206).filter(quiet).all(|tick| sizes[tick][2..4] == [0, 0]));
    assert!((4..1206).filter(|tick| ends(*tick)).all(|tick| sizes[tick][2] > 0));
    // Numbers of lives and types get longer by a byte now and then, and no more. In its last tenth, a run also counts
    // for the table at its end.
    let most = |ticks: std::ops::Range<usize>| sizes[ticks].iter().map(|sizes| sizes[4]).max().unwrap();
    let (early, late) = (most(100..300), most(800..1000));
    assert!(late < early + early / 4, "{early} bytes, then {late}");
}

#[test]
fn a_file_of_edges_that_has_changed_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (edges, path) = (dir.path().join("edges.csv"), dir.path().join("s.ron"));
    let ring: String = (0..30).map(|agent| format!("{agent},{}\n", (agent + 1) % 30)).collect();
    std::fs::write(&edges, &ring).unwrap();
    let structure = "matchmaking: Neighbours, structure: (interaction: EdgeList(path: \"edges.csv\")),";
    std::fs::write(&path, SCENARIO.replacen("noise: 0.01,", structure, 1)).unwrap();
    let run = |more: &[&str]| {
        let mut command = sim();
        command.arg("--scenario").arg(&path).args(["--out", "run"]).args(more).current_dir(dir.path());
        command
    };
    let verify = || {
        let mut command = sim();
        command.args(["verify", "run"]).current_dir(dir.path());
        command
    };
    killed_at("\n20,", dir.path(), &path, "run");
    let recorded = crate::support::manifest(&dir.path().join("run"))["inputs"].clone();
    let hash = agora::files::sha256_of(ring.as_bytes());
    assert_eq!(recorded, serde_json::json!([{ "path": "edges.csv", "sha256": hash }]));
    let other = ring.replacen("0,1\n", "0,2\n", 1);
    std::fs::write(&edges, &other).unwrap();
    let expected = format!("edges.csv has changed since the run began (SHA-256 {hash}, now ");
    let message = stderr(&mut run(&["--resume"]), 1);
    assert!(message.contains(&expected) && message.contains("put back what it was then"), "{message}");
    std::fs::write(&edges, &ring).unwrap();
    run(&["--resume"]).assert().success();
    verify().assert().success();
    std::fs::write(&edges, &other).unwrap();
    let message = stderr(&mut verify(), 1);
    assert!(message.contains(&expected) && message.contains("--hashes-only"), "{message}");
    // Its files are still those that it wrote.
    verify().arg("--hashes-only").assert().success();
    let message = stderr(&mut run(&["--resume"]), 1);
    assert!(message.contains(&expected), "{message}");
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

#[test]
fn the_page_of_evolution_names_every_rule_graph_and_map_of_fitness() {
    let page = std::fs::read_to_string(root().join("docs/evolution.md")).unwrap();
    let word = |example: &str| example.split('(').next().unwrap().to_owned();
    let listed = agora::evolution::UPDATE_RULES.iter().chain(agora::structure::GRAPHS);
    let mut words: Vec<String> = listed.map(|rule| word(rule.example)).collect();
    let schema = schemars::schema_for!(agora::evolution::fitness_map::FitnessMap).to_value();
    let variants = schema["oneOf"].as_array().unwrap().iter();
    let name = |variant: &serde_json::Value| match variant["const"].as_str() {
        Some(name) => name.to_owned(),
        None => variant["required"][0].as_str().unwrap().to_owned(),
    };
    let maps: Vec<String> = variants.map(name).collect();
    assert_eq!(maps, ["Raw", "Linear", "Exponential"]);
    words.extend(maps);
    for word in &words {
        assert!(
            page.contains(&format!("`{word}`")) || page.contains(&format!("`{word}(")),
            "{word} is not on the page"
        );
    }
    // The README counts them.
    let numbers = ["six", "seven", "eight", "nine", "ten"];
    let count = |all: usize| numbers[all - 6];
    let (rules, graphs) = (agora::evolution::UPDATE_RULES.len(), agora::structure::GRAPHS.len());
    let said = format!("{} rules, on {} kinds of graphs", count(rules), count(graphs));
    assert!(std::fs::read_to_string(root().join("README.md")).unwrap().contains(&said), "{said}");
}

/// What `sim explain` shows can be written as it stands.
#[test]
fn every_rule_and_graph_is_read_as_its_example_writes_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("edges.csv"), "0,1\n1,2\n").unwrap();
    let path = dir.path().join("s.ron");
    let planned = |rule: &str, graph: &str| {
        let agents = SCENARIO.replacen("count: 10", "count: 80", 1);
        let text = agents.replacen("Fermi(strength: 2.0, comparisons: 10)", rule, 1);
        std::fs::write(
            &path,
            text.replacen("version: 1,", &format!("version: 1, structure: (interaction: {graph}),"), 1),
        )
        .unwrap();
        let output = sim().arg("--scenario").arg(&path).arg("--dry-run").current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{rule}, {graph}: {}", String::from_utf8_lossy(&output.stderr));
    };
    agora::evolution::UPDATE_RULES.iter().for_each(|rule| planned(rule.example, "WellMixed()"));
    agora::structure::GRAPHS.iter().for_each(|graph| planned("Fermi(strength: 2.0)", graph.example));
}
