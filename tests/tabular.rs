//! Q-learners in whole runs: both orders of play, and pairs whose outcome is known.

use crate::support::{Table, check_golden, root, run_text};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = r#"version: 1, ticks: 2, game: Named("prisoners_dilemma_3142"), rounds: Fixed(400),
    output: (pairs: true), matchmaking: Paired([("a", "b"), ("c", "d")])"#;

fn population(name: &str, count: u32, over: u32, term: &str) -> String {
    let policy = format!("QLearning(epsilon: Linear(from: 1.0, to: 0.0, over: {over}))");
    format!(r#"(name: "{name}", count: {count}, policy: {policy}, rewards: [{term}]),"#)
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
    run_text(&scenario("Lockstep"), &dir.path().join("lockstep"), 1);
    run_text(&scenario("MatchByMatch"), &dir.path().join("one"), 1);
    run_text(&scenario("MatchByMatch"), &dir.path().join("two"), 2);
    for name in ["strategy_evolution.csv", "social_outcomes.csv", "pairs.csv"] {
        let expected = read(&dir.path().join("lockstep"), name);
        assert!(expected.lines().count() > 2, "{name}");
        assert_eq!(read(&dir.path().join("one"), name), expected, "{name}");
        assert_eq!(read(&dir.path().join("two"), name), expected, "{name}");
    }
}

/// The last 20 rounds of a pair in percent, CC, CD, DC, DD, and the mean collective payoff, equality and smallest
/// payoff over all rounds.
type Outcome = ([f64; 4], [f64; 3]);

/// Runs a scenario and returns its pairs by the name of the first population.
fn outcomes(text: &str) -> BTreeMap<String, Outcome> {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_text(text, &out, 2);
    let pairs = Table::read(&out, "pairs.csv");
    let outcome = |row: usize| {
        let number = |head| pairs.number(row, head).unwrap();
        let last = ["last_cc", "last_cd", "last_dc", "last_dd"].map(|head| 100.0 * number(head));
        (last, ["collective_payoff", "equality", "min_payoff"].map(number))
    };
    (0..pairs.len()).map(|row| (pairs.text(row, "population").to_owned(), outcome(row))).collect()
}

fn shipped(name: &str) -> String {
    std::fs::read_to_string(root().join("scenarios/papers").join(name)).unwrap()
}

/// The pair that a row of the README's table is about, by the name of its first population.
fn population_of(pair: &str) -> String {
    let (first, second) = pair.split_once('-').unwrap();
    let both = format!("{}_{}", first.to_lowercase(), second.to_lowercase());
    if first == second { format!("{both}1") } else { both }
}

/// Checks that every number the README gives for our prisoner's dilemma is what the shipped scenario comes to.
fn check_table_of_the_readme(found: &BTreeMap<String, Outcome>) {
    let readme = std::fs::read_to_string(root().join("scenarios/papers/README.md")).unwrap();
    let mut rows = 0;
    for line in readme.lines().filter(|line| line.matches(" · ").count() >= 1 && line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let Some((shares, means)) = cells.get(2).and_then(|cell| cell.split_once(" · ")) else { continue };
        let Some((last, all)) = cells[0].contains('-').then(|| &found[&population_of(cells[0])]) else { continue };
        let said: Vec<f64> = shares.split('/').map(|share| share.parse().unwrap()).collect();
        assert!(said.iter().zip(last).all(|(said, found)| (said - found).abs() <= 0.5 + 1e-6), "{line}: {last:?}");
        let said: Vec<f64> = means.split(' ').map(|mean| mean.parse().unwrap()).collect();
        assert!(said.iter().zip(all).all(|(said, found)| (said - found).abs() <= 0.005 + 1e-6), "{line}: {all:?}");
        rows += 1;
    }
    assert_eq!(rows, 21, "a row for every pair");
}

/// Where the pairs of Tennant et al. 2023 end, at the published size: selfish players defect, the duty-bound are
/// exploited half of the time, and equality is bistable, as follows from the rule for empty rows and the two prizes.
#[test]
fn pairs_end_where_the_paper_says() {
    let found = outcomes(&shipped("ijcai23_ipd.ron"));
    let within = |pair: &str, index: usize, low: f64, high: f64| {
        let share = found[&population_of(pair)].0[index];
        assert!((low..=high).contains(&share), "{pair}: {:?}", found[&population_of(pair)]);
    };
    let [cc, cd, dc, dd] = [0, 1, 2, 3];
    for (pair, index, low, high) in [
        ("S-S", dd, 98.0, 100.0),
        ("UT-S", cd, 95.0, 100.0),
        ("VEk-S", cd, 95.0, 100.0),
        ("DE-S", cd, 40.0, 60.0),
        ("DE-S", dd, 40.0, 60.0),
        ("VEe-S", dd, 80.0, 95.0),
        ("VEe-S", cc, 0.0, 1.0),
        ("VEe-VEe", cc, 35.0, 60.0),
        ("VEe-VEe", dd, 35.0, 60.0),
        ("VEe-VEe", cd, 0.0, 5.0),
        ("VEk-VEe", cc, 80.0, 90.0),
        ("VEk-VEe", cd, 10.0, 20.0),
        ("VEk-VEe", dc, 0.0, 1.0),
    ] {
        within(pair, index, low, high);
    }
    for pair in ["UT-UT", "DE-UT", "DE-DE", "VEk-UT", "VEk-DE", "VEk-VEk", "VEm-VEm"] {
        within(pair, cc, 95.0, 100.0);
    }
    for (pair, collective) in [("S-S", 4.5), ("VEk-VEk", 5.5)] {
        let mean = found[&population_of(pair)].1[0];
        assert!((mean - collective).abs() < 0.03, "{pair}: {mean}");
    }
    check_table_of_the_readme(&found);
}

/// Against scripts that never change, at a tenth of the runs: a selfish player defects, and a duty-bound one whose
/// opponent always defects moves at random for ever.
#[test]
fn fixed_opponents_are_met_as_the_paper_says() {
    let found = outcomes(&shipped("ijcai23_fixed_opponents.ron").replace("count: 100", "count: 10"));
    let cooperation = |pair: &str| found[pair].0[0] + found[pair].0[1];
    // One of ten runs may not have settled everywhere.
    assert!(cooperation("s_ac") <= 10.0 && cooperation("s_ad") <= 2.0, "{:?} {:?}", found["s_ac"], found["s_ad"]);
    // 200 decisions: five standard errors of a share are 18 points.
    assert!((cooperation("de_ad") - 50.0).abs() < 18.0, "{:?}", found["de_ad"]);
    assert!(cooperation("vek_ad") >= 98.0, "{:?}", found["vek_ad"]);
}

/// 2,000 rounds of all pairs of the paper, unchanged, with exploration scaled to their number so that most of the
/// second half is what was learned. A change of rules, draws or columns shows here.
fn run_shortened(out: &Path) {
    let scenario =
        shipped("ijcai23_ipd.ron").replace("Fixed(10000)", "Fixed(2000)").replace("over: 10000", "over: 2000");
    run_text(&scenario.replace("count: 100", "count: 20"), out, 2);
}

#[test]
fn what_short_pairs_do_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_shortened(&out);
    check_golden("ijcai23_ipd_2000_rounds_pairs.csv", &read(&out, "pairs.csv"), 0.0);
}

/// The amounts earned tell the size of prizes and fines, which the choice of the best action does not.
#[test]
fn what_short_pairs_earn_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_shortened(&out);
    let mut rewards = String::from("population,reward_mean,p_c_cc,p_c_cd,p_c_dc,p_c_dd\n");
    let evolution = Table::read(&out, "strategy_evolution.csv");
    for row in (0..evolution.len()).filter(|&row| evolution.text(row, "agent").ends_with("_0")) {
        let cells = ["population", "reward_mean", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];
        let _ = writeln!(rewards, "{}", cells.map(|head| evolution.text(row, head)).join(","));
    }
    check_golden("ijcai23_ipd_2000_rounds_rewards.csv", &rewards, 0.0);
}

/// A learner that makes up its first state never sees the blank opening, so nothing is said about it; one that sees it
/// has a number. Both numbers are those at the end of the tick.
#[test]
fn what_is_never_seen_has_no_probability() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let member = |name: &str, first: &str| {
        let policy = format!("QLearning(first_state: {first}, epsilon: Constant(0.2), alpha: 0.5)");
        format!(r#"(name: "{name}", policy: {policy}, rewards: [(term: VirtueAggression())]),"#)
    };
    let text = format!(
        r#"(version: 1, ticks: 1, game: Named("prisoners_dilemma"), rounds: Fixed(400), populations: [{}{}])"#,
        member("drawn", "Drawn"),
        member("opening", "Opening")
    );
    run_text(&text, &out, 1);
    let table = Table::read(&out, "strategy_evolution.csv");
    for (row, start) in [(0, None), (1, Some(0.1))] {
        assert_eq!(table.number(row, "p_c_start"), start);
        assert_eq!(table.text(row, "p_c_source"), "exact_at_end");
        assert_eq!(table.number(row, "p_c_dd"), Some(0.1), "defection is learned within the only tick");
    }
}
