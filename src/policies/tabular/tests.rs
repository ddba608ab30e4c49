//! Q-learners in whole runs: both orders of play, and pairs whose outcome is known.

use crate::run::{RunOptions, Simulation};
use crate::scenario::load::load_text;
use std::path::Path;

const HEAD: &str = r#"version: 1, ticks: 2, game: Named("prisoners_dilemma_3142"), rounds: Fixed(400),
    output: (pairs: true), matchmaking: Paired([("a", "b"), ("c", "d")])"#;

fn population(name: &str, count: u32, over: u32, term: &str) -> String {
    let policy = format!("QLearning(epsilon: Linear(from: 1.0, to: 0.0, over: {over}))");
    format!(r#"(name: "{name}", count: {count}, policy: {policy}, rewards: [{term}]),"#)
}

/// Runs `text` into `dir` on `threads` threads.
fn run(text: &str, dir: &Path, threads: usize) {
    let mut simulation = Simulation::new();
    let scenario = load_text("tabular.ron", text, "tabular", &[], &simulation.known());
    let scenario = scenario.map_err(|errors| errors.render(false)).unwrap();
    let options = RunOptions { out: Some(dir.to_path_buf()), threads: Some(threads), ..RunOptions::default() };
    simulation.run_quietly(&scenario, &options).unwrap();
}

fn read(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).unwrap()
}

fn mixed() -> String {
    [
        population("a", 3, 800, "(term: Payoff)"),
        population("b", 3, 800, "(term: Deontological(penalty: 5.0)), (term: VirtueEquality, weight: 0.5, from: 1)"),
        population("c", 2, 500, "(term: VirtueKindness())"),
        population("d", 2, 500, "(term: Utilitarian)"),
    ]
    .concat()
}

#[test]
fn both_orders_of_play_and_any_threads_give_the_same_tables() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = |play: &str| format!("({HEAD}, play: {play}, populations: [{}])", mixed());
    run(&scenario("Lockstep"), &dir.path().join("lockstep"), 1);
    run(&scenario("MatchByMatch"), &dir.path().join("one"), 1);
    run(&scenario("MatchByMatch"), &dir.path().join("two"), 2);
    for name in ["strategy_evolution.csv", "social_outcomes.csv", "pairs.csv"] {
        let expected = read(&dir.path().join("lockstep"), name);
        assert!(expected.lines().count() > 2, "{name}");
        assert_eq!(read(&dir.path().join("one"), name), expected, "{name}");
        assert_eq!(read(&dir.path().join("two"), name), expected, "{name}");
    }
}

/// The last 20 rounds of each pair of `text`: shares of CC, CD, DC, DD, then the mean collective payoff of all rounds.
fn outcomes(text: &str) -> Vec<[f64; 5]> {
    let dir = tempfile::tempdir().unwrap();
    run(text, &dir.path().join("run"), 2);
    let table = read(&dir.path().join("run"), "pairs.csv");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [9, 10, 11, 12, 13].map(|column| cells[column].parse().unwrap())
    };
    table.lines().skip(1).map(row).collect()
}

/// Selfish pairs end in mutual defection, kind ones in mutual cooperation, and a selfish player exploits a kind one: what
/// Tennant et al. 2023 found, at a quarter of the runs' number.
#[test]
fn pairs_end_where_the_paper_says() {
    let pairs = r#"[("a", "b"), ("c", "d"), ("e", "f")]"#;
    let members = [
        population("a", 25, 10_000, "(term: Payoff)"),
        population("b", 25, 10_000, "(term: Payoff)"),
        population("c", 25, 10_000, "(term: VirtueKindness())"),
        population("d", 25, 10_000, "(term: VirtueKindness())"),
        population("e", 25, 10_000, "(term: VirtueKindness())"),
        population("f", 25, 10_000, "(term: Payoff)"),
    ]
    .concat();
    let text = format!(
        r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma_3142"), rounds: Fixed(10000), play: MatchByMatch,
            output: (pairs: true), matchmaking: Paired({pairs}), populations: [{members}])"#
    );
    let [selfish, kind, exploited] = outcomes(&text)[..] else { panic!("three pairs") };
    assert!(selfish[3] >= 0.98, "{selfish:?}");
    assert!((selfish[4] - 4.5).abs() < 0.03, "{selfish:?}");
    assert!(kind[0] >= 0.99, "{kind:?}");
    assert!((kind[4] - 5.5).abs() < 0.03, "{kind:?}");
    assert!(exploited[1] >= 0.98, "{exploited:?}");
}

/// The first 300 rounds of all pairs of the paper, as they always were. A change of rules, draws or columns shows here.
#[test]
fn a_short_run_of_the_paper_is_as_it_was() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenario = std::fs::read_to_string(root.join("scenarios/papers/ijcai23_ipd.ron")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    run(&scenario.replace("Fixed(10000)", "Fixed(300)"), &dir.path().join("run"), 2);
    let golden = std::fs::read_to_string(root.join("tests/golden/ijcai23_ipd_300_rounds_pairs.csv")).unwrap();
    assert_eq!(read(&dir.path().join("run"), "pairs.csv"), golden);
}
