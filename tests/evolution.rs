//! Strategies that agents inherit from each other.

use crate::support::{Table, run_text, sim, stderr, stdout};

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

/// The names of the run's files that hold rows.
const TABLES: [&str; 4] = ["strategy_evolution.csv", "social_outcomes.csv", "types.csv", "genealogy.csv"];

/// Types on a lattice, with all kinds of mutation, invaders and a committed minority.
const RICH: &str = r#"(version: 1, ticks: 160, game: Named("prisoners_dilemma"), rounds: Fixed(6), noise: 0.01,
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
const GENES: &str = r#"(version: 1, ticks: 60, game: Named("prisoners_dilemma"), rounds: Fixed(5),
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
    for (name, text) in [("rich", RICH), ("genes", GENES), ("networks", &networks)] {
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
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sim"))
            .arg("--scenario")
            .arg(&scenario)
            .args(["--out", &format!("{name}_broken"), "--checkpoint", "0"])
            .current_dir(dir.path())
            .spawn()
            .unwrap();
        let table = dir.path().join(format!("{name}_broken/strategy_evolution.csv"));
        let is_on_its_way = || std::fs::read_to_string(&table).is_ok_and(|text| text.contains("\n22,"));
        crate::support::wait_until(&mut child, is_on_its_way);
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "the run was over before it could be killed");
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

/// What `text` with `to` in place of `from` is refused with.
fn refused(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.ron");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    stderr(sim().arg("--scenario").arg(&path).arg("--dry-run"), 2)
}

#[test]
fn adapters_that_cannot_be_inherited_are_refused() {
    for (text, from, to, expected) in [
        (ADAPTERS, "strategy: false", "strategy: true", "`a` has no strategy that others can inherit"),
        (
            ADAPTERS,
            "learner: Ppo(optimizer: (lr: 0.003))",
            "learner: None",
            "`a` learns in no way that can be inherited",
        ),
        (
            ADAPTERS,
            "Llm(adapter: (rank: 2))",
            "Llm(adapter: (rank: 3))",
            "`a` and `b` have adapters of different shapes",
        ),
        (ADAPTERS, "Llm(adapter: (rank: 2))", "Llm(adapter: (rank: 2, targets: [QProj]))", "of different shapes"),
        (ADAPTERS, "Llm(adapter: (rank: 2))", "Llm(adapter: (rank: 2), activated: true)", "where their adapters act"),
        (
            ADAPTERS,
            "Llm(adapter: (rank: 2))",
            "Llm(adapter: (rank: 2), prompt: (persona: \"You are kind.\"))",
            "are asked in different ways",
        ),
        (ADAPTERS, "learner: Ppo(optimizer: (lr: 0.003))", "learner: Grpo()", "`a` and `b` have different learners"),
        (
            ADAPTERS,
            "policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003))",
            "policy: QLearning()",
            "only if both learn alike",
        ),
        (ADAPTERS, "Lamarckian", "Baldwinian", "no adapters are inherited that could be mixed"),
        (ADAPTERS, "Lamarckian, crossover: 0.5", "Baldwinian", "no adapters are inherited that could be mutated"),
        (ADAPTERS, "Lamarckian", "Darwinian", "the adapters that members of `a` are born with are zero"),
        (ADAPTERS, "crossover: 0.5", "crossover: 1.5", "1.5 is not a probability"),
        (ADAPTERS, "rate: 0.5", "rate: -0.5", "-0.5 is not a probability"),
        (ADAPTERS, "deviation: 0.2", "deviation: 20.0", "deviation 20 is out of range"),
        (ADAPTERS, "every: 2", "every: 2, stop_at_fixation: true", "the run would end with its first generation"),
        (
            ADAPTERS,
            "every: 2",
            "every: 2, invasions: [(tick: 3, population: \"a\")]",
            "an invader would be of the type that all agents have",
        ),
        (ADAPTERS, "deviation: 0.2, rotation: 0.1", "deviation: 0.0", "the noise on adapters is none"),
        (ADAPTERS, "version: 1", "version: 1, play: PairByPair", "depends on more than the last round, or learns"),
        (GENES, "Lamarckian", "Lamarckian, crossover: 0.5", "`selfish` has no adapters that could be mixed"),
        (
            GENES,
            "simplex: true)",
            "simplex: true), adapter: (rate: 0.1, deviation: 0.1)",
            "no adapters that could be mutated",
        ),
    ] {
        let message = refused(text, from, to);
        assert!(message.contains(expected), "{from} → {to}:\n{message}");
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

/// Language models of two populations that inherit adapters, with everything that can happen to them.
const ADAPTERS: &str = r#"(version: 1, ticks: 9, game: Named("prisoners_dilemma"), rounds: Fixed(3), model: Named("tiny"),
    matchmaking: RandomPairs(repeats: 2), output: (pairs: false),
    evolution: (rule: WrightFisher(fitness: Exponential(0.2)), every: 2,
        inherit: (strategy: false, learned: Lamarckian, crossover: 0.5),
        mutation: (adapter: (rate: 0.5, deviation: 0.2, rotation: 0.1))),
    populations: [
        (name: "a", count: 3, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003))),
        (name: "b", count: 3, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003)))])"#;

/// The same where the worst half is replaced by plain clones of the best.
fn clones(more: &str) -> String {
    ADAPTERS
        .replacen("WrightFisher(fitness: Exponential(0.2))", "Truncation(share: 0.5)", 1)
        .replacen(", crossover: 0.5", more, 1)
        .replacen("mutation: (adapter: (rate: 0.5, deviation: 0.2, rotation: 0.1))", "burn_in: 0", 1)
}

/// The folder of the adapter of agent number `agent`.
fn adapter(run: &std::path::Path, agent: usize) -> std::path::PathBuf {
    run.join("adapters").join(format!("{}_{}", ["a", "b"][agent / 3], agent % 3))
}

/// Trains adapters, and lets the members of `b` in `text` start from one of them and those of `a` from another.
fn from_trained(dir: &std::path::Path, text: &str) -> String {
    let trained = dir.join("trained");
    run_text(&clones("").replacen("every: 2", "every: 100", 1).replacen("ticks: 9", "ticks: 3", 1), &trained, 2);
    let from = |agent: usize| format!("Llm(adapter: (rank: 2), from: Some({:?}))", adapter(&trained, agent));
    let (first, rest) = text.split_once("Llm(adapter: (rank: 2))").unwrap();
    let (second, rest) = rest.split_once("Llm(adapter: (rank: 2))").unwrap();
    format!("{first}{}{second}{}{rest}", from(0), from(4))
}

/// The births of the generation that ended with `tick`: child and parent by number of their agents, founders both.
fn births(run: &std::path::Path, tick: u32) -> Vec<(usize, usize)> {
    let rows = Table::read(run, "genealogy.csv");
    let agent = |name: &str| (0..6).find(|&agent| adapter(run, agent).ends_with(name)).unwrap();
    let birth = |row: usize| (agent(rows.text(row, "agent")), rows.number(row, "parent").unwrap() as usize);
    rows.rows_where("tick", &tick.to_string()).into_iter().map(birth).collect()
}

/// What every agent plays in `tick`: the probabilities of its row, to the letter.
fn plays(run: &std::path::Path, tick: u32) -> Vec<Vec<String>> {
    let rows = Table::read(run, "strategy_evolution.csv");
    let cells = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
    let of = |row: usize| cells.map(|cell| rows.text(row, cell).to_owned()).to_vec();
    rows.rows_where("tick", &tick.to_string()).into_iter().map(of).collect()
}

#[test]
fn adapters_are_inherited_by_each_rule() {
    let dir = tempfile::tempdir().unwrap();
    let text = from_trained(dir.path(), &clones("").replacen("ticks: 9", "ticks: 3", 1));
    let run = |name: &str, learned: &str| {
        let out = dir.path().join(name);
        run_text(&text.replacen("learned: Lamarckian", &format!("learned: {learned}"), 1), &out, 1);
        let births = births(&out, 1);
        assert_eq!(births.len(), 3, "half of six");
        (births, plays(&out, 0), plays(&out, 2), out)
    };
    // The parent goes on in its own place, so that its row after the birth is what it had learned.
    let (births, first, last, lamarckian) = run("lamarckian", "Lamarckian");
    for &(child, parent) in &births {
        assert_eq!(last[child], last[parent]);
        assert_ne!(last[child], first[parent], "what was learned has changed what is played");
    }
    let (births, first, last, darwinian) = run("darwinian", "Darwinian");
    for &(child, parent) in &births {
        assert_eq!(last[child], first[parent]);
        assert_ne!(last[child], last[parent]);
    }
    assert!(births.iter().any(|&(child, parent)| first[child] != first[parent]), "{births:?}");
    let (births, first, last, baldwinian) = run("baldwinian", "Baldwinian, weights: [\"payoff\"]");
    for &(child, parent) in &births {
        assert_eq!(last[child], first[child]);
        assert_ne!(last[child], last[parent]);
    }
    // The plan counts what is copied.
    let zero = dir.path().join("zero");
    run_text(&text.replacen("learned: Lamarckian", "learned: Lamarckian, moments: Zero", 1), &zero, 1);
    let peak =
        |out: &std::path::Path| crate::support::manifest(out)["memory"]["peak_bytes_estimated"].as_u64().unwrap();
    assert_eq!(peak(&baldwinian), peak(&darwinian));
    assert!(peak(&darwinian) < peak(&zero) && peak(&zero) < peak(&lamarckian));
}

#[test]
fn a_clone_has_its_parents_adapter_to_the_bit_and_its_moments_by_the_rule() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, more: &str, ticks: u32| {
        let out = dir.path().join(name);
        run_text(&clones(more).replacen("ticks: 9", &format!("ticks: {ticks}"), 1), &out, 1);
        out
    };
    let weights = |run: &std::path::Path, agent: usize| {
        std::fs::read(adapter(run, agent).join("adapter_model.safetensors")).unwrap()
    };
    // The run ends with a generation: nothing is learned after the births.
    let out = run("ended", "", 2);
    let born = births(&out, 1);
    for &(child, parent) in &born {
        assert!(weights(&out, child) == weights(&out, parent), "{child} of {parent}");
    }
    let survivors: Vec<usize> = (0..6).filter(|agent| born.iter().all(|(child, _)| child != agent)).collect();
    assert_ne!(weights(&out, survivors[0]), weights(&out, survivors[1]), "not all adapters are the same");
    let (copy, zero, default) =
        (run("copy", ", moments: Copy", 4), run("zero", ", moments: Zero", 4), run("default", "", 4));
    assert_eq!(plays(&copy, 2), plays(&zero, 2), "adapters are the same");
    let differs = |agent: usize| plays(&copy, 3)[agent] != plays(&zero, 3)[agent];
    let children: Vec<usize> = births(&copy, 1).into_iter().map(|(child, _)| child).collect();
    assert!(children.iter().any(|&child| differs(child)), "steps without moments lead elsewhere");
    assert_eq!(plays(&copy, 3), plays(&default, 3), "moments are copied unless the scenario says otherwise");
    let resolved = std::fs::read_to_string(default.join("scenario.ron")).unwrap();
    assert!(resolved.contains("moments: Copy"), "{resolved}");
}

#[test]
fn mutants_keep_a_and_children_of_two_have_the_mean_of_products() {
    use agora::llm::files::peft;
    let dir = tempfile::tempdir().unwrap();
    let model = crate::support::tiny_model();
    let run = |name: &str, text: String| {
        let out = dir.path().join(name);
        run_text(&text.replacen("ticks: 9", "ticks: 2", 1), &out, 1);
        out
    };
    let load = |run: &std::path::Path, agent: usize| {
        peft::load(&adapter(run, agent), &model.base.config, Some(&model.id)).unwrap()
    };
    let before = run("before", clones("").replacen("every: 2", "every: 100", 1));
    let crossed = run("crossed", clones(", crossover: 1.0"));
    let rows = Table::read(&crossed, "genealogy.csv");
    for (row, (child, parent)) in births(&crossed, 1).into_iter().enumerate() {
        assert_eq!(rows.number(row, "second_parent"), Some(child as f64), "the founder in its place");
        let expected = load(&before, parent).mean(&load(&before, child)).unwrap();
        assert_eq!(load(&crossed, child).params, expected);
        assert_ne!(expected, load(&before, parent).params);
        assert_eq!(load(&crossed, parent).params, load(&before, parent).params);
    }
    let noise = "burn_in: 0, mutation: (adapter: (rate: 1.0, deviation: 0.3, rotation: 0.2))";
    let mutated = run("mutated", clones("").replacen("burn_in: 0", noise, 1));
    let rows = Table::read(&mutated, "genealogy.csv");
    for (row, (child, parent)) in births(&mutated, 1).into_iter().enumerate() {
        assert_eq!((rows.text(row, "origin"), rows.text(row, "second_parent")), ("mutation", ""));
        let (child, parent) = (load(&mutated, child), load(&before, parent));
        for slot in &parent.slots {
            assert_eq!(child.params[slot.a.clone()], parent.params[slot.a.clone()]);
            assert_ne!(child.params[slot.b.clone()], parent.params[slot.b.clone()]);
        }
    }
}

#[test]
fn language_models_that_inherit_go_on_as_if_they_had_never_stopped_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let one_by_one = "Moran(fitness: Exponential(0.2), births: 5)";
    let darwinian = from_trained(dir.path(), ADAPTERS)
        .replacen("Lamarckian", "Darwinian", 1)
        .replacen("WrightFisher(fitness: Exponential(0.2))", one_by_one, 1)
        .replace("Ppo(", "Grpo(");
    let texts =
        clones("").replacen("model:", "prompt: (decision: Generate, generation: (max_new_tokens: 2)), model:", 1);
    let texts = texts.replace("Ppo(", "Rloo(").replacen("ticks: 9", "ticks: 6", 1);
    let activated = ADAPTERS.replace("(rank: 2)", "(rank: 2), activated: true").replacen("ticks: 9", "ticks: 6", 1);
    for text in [ADAPTERS, &darwinian, &texts, &activated] {
        let simulation = agora::run::Simulation::new();
        // The stopped parts run on one thread, the others on two. One stop is in a generation, one just after it.
        let scenario = crate::support::scenario(&simulation, text);
        crate::resume::check_resumed_is_straight(&scenario, &[3, 4]);
    }
    let straight = |threads: usize| {
        let out = dir.path().join(format!("threads{threads}"));
        run_text(ADAPTERS, &out, threads);
        crate::support::results(&out)
    };
    let (one, two) = (straight(1), straight(2));
    assert!(one.keys().any(|name| name.ends_with("genealogy.csv")) && one == two);
    assert!(String::from_utf8_lossy(&one["genealogy.csv"]).contains("mutation"));
}
