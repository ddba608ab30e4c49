//! Comparisons of small folders written by hand.

use super::*;
use std::fs;
use std::path::{Path, PathBuf};

/// A run's folder: `evolution` and `outcomes` without their header rows.
struct Made<'a> {
    folder: &'a str,
    scenario: &'a str,
    seed: u64,
    status: &'a str,
    settings: &'a str,
    evolution: &'a str,
    outcomes: &'a str,
}

const DEFAULT: Made = Made {
    folder: "a-s1",
    scenario: "a",
    seed: 1,
    status: "done",
    settings: "ticks: 2",
    evolution: "0,x_0,x,llm,0.5,random,\n0,x_1,x,llm,0.5,,\n0,y_0,y,grim,1,,\n1,x_0,x,llm,0,,2\n1,x_1,x,llm,0.5,random,\n1,y_0,y,grim,1,,\n",
    outcomes: "0,4,0.5\n1,4,0.25\n",
};

fn make(root: &Path, made: &Made) -> PathBuf {
    let folder = root.join(made.folder);
    fs::create_dir_all(&folder).unwrap();
    let Made { scenario, seed, status, .. } = made;
    let manifest = format!(r#"{{"version": "0", "status": "{status}", "scenario": "{scenario}", "seed": {seed}}}"#);
    fs::write(folder.join("manifest.json"), manifest).unwrap();
    fs::write(folder.join("scenario.ron"), format!("(\n  seed: {seed},\n  {},\n)\n", made.settings)).unwrap();
    let evolution = "tick,agent,population,policy,cooperation_rate,nearest_strategy,kl\n";
    fs::write(folder.join("strategy_evolution.csv"), evolution.to_string() + made.evolution).unwrap();
    let outcomes = "tick,matches,cooperation_rate\n";
    fs::write(folder.join("social_outcomes.csv"), outcomes.to_string() + made.outcomes).unwrap();
    folder
}

/// Two scenarios: `a` with seeds 1, 2, 3 and `b` with seeds 2, 3, 4; one population `x` of one member, one tick.
fn two_scenarios(root: &Path) {
    let values = [("a", 1, 0.1), ("a", 2, 0.2), ("a", 3, 0.6), ("b", 2, 0.4), ("b", 3, 0.7), ("b", 4, 1.0)];
    for (scenario, seed, value) in values {
        let (folder, evolution) = (format!("{scenario}-s{seed}"), format!("0,x_0,x,llm,{value},,\n"));
        let outcomes = "0,4,0.5\n";
        make(root, &Made { folder: &folder, scenario, seed, evolution: &evolution, outcomes, ..DEFAULT });
    }
}

fn row<'a>(comparison: &'a Comparison, group: usize, table: &str, population: &str, column: &str) -> &'a Row {
    let wanted = |row: &&Row| row.group == group && row.table == table && row.population == population;
    comparison.rows.iter().filter(wanted).find(|row| row.column == column).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan())
}

#[test]
fn a_run_is_the_mean_over_members_and_the_last_ticks_without_empty_cells() {
    let dir = tempfile::tempdir().unwrap();
    let run = make(dir.path(), &DEFAULT);
    let number = |last, table, population, column| {
        let comparison = compare(std::slice::from_ref(&run), last).unwrap();
        assert_eq!(comparison.groups[0].ticks, (2 - last as u64, 1));
        let estimate = row(&comparison, 0, table, population, column).estimate;
        assert!(estimate.half_width.is_nan(), "one seed has no interval");
        (estimate.n, estimate.mean)
    };
    assert_eq!(number(1, EVOLUTION, "x", "cooperation_rate"), (1, 0.25));
    assert_eq!(number(2, EVOLUTION, "x", "cooperation_rate"), (1, 0.375));
    assert_eq!(number(2, EVOLUTION, "y", "cooperation_rate"), (1, 1.0));
    assert_eq!(number(2, EVOLUTION, "x", "kl"), (1, 2.0));
    assert_eq!(number(1, EVOLUTION, "y", "kl").0, 0);
    assert_eq!(number(2, OUTCOMES, "", "cooperation_rate"), (1, 0.375));
}

#[test]
fn groups_have_intervals_and_differences_by_seed() {
    let dir = tempfile::tempdir().unwrap();
    two_scenarios(dir.path());
    let comparison = compare(&[dir.path().to_path_buf()], 1).unwrap();
    assert_eq!(comparison.groups[0].seeds, [1, 2, 3]);
    assert_eq!((comparison.groups[1].scenario.as_str(), comparison.groups[1].seeds.as_slice()), ("b", &[2, 3, 4][..]));
    let a = row(&comparison, 0, EVOLUTION, "x", "cooperation_rate");
    // 0.1, 0.2, 0.6: mean 0.3, s² = (0.04 + 0.01 + 0.09) / 2 = 0.07; t(2) = 4.30265…
    assert!(near(a.estimate.mean, 0.3) && near(a.estimate.half_width, t_quantile(0.95, 2) * (0.07f64 / 3.0).sqrt()));
    assert_eq!(a.difference, None);
    let b = row(&comparison, 1, EVOLUTION, "x", "cooperation_rate");
    // Seeds 2 and 3: 0.2 and 0.1, mean 0.15, s² = 0.005; t(1) = 12.706…
    let difference = b.difference.unwrap();
    assert_eq!(difference.n, 2);
    assert!(near(difference.mean, 0.15) && near(difference.half_width, t_quantile(0.95, 1) * 0.0025f64.sqrt()));
}

#[test]
fn text_and_csv_say_the_same() {
    let dir = tempfile::tempdir().unwrap();
    two_scenarios(dir.path());
    let mut comparison = compare(&[dir.path().to_path_buf()], 1).unwrap();
    comparison.select(&["cooperation_rate".into(), "kl".into()]).unwrap();
    let expected = "\
scenario,table,population,column,tick_first,tick_last,n,mean,low,high,compared_with,n_both,difference,difference_low,difference_high
a,strategy_evolution,x,cooperation_rate,0,0,3,0.3,-0.357241,0.957241,,,,,
a,strategy_evolution,x,kl,0,0,0,,,,,,,,
a,social_outcomes,,cooperation_rate,0,0,3,0.5,0.5,0.5,,,,,
b,strategy_evolution,x,cooperation_rate,0,0,3,0.7,-0.045241,1.445241,a,2,0.15,-0.48531,0.78531
b,strategy_evolution,x,kl,0,0,0,,,,a,0,,,
b,social_outcomes,,cooperation_rate,0,0,3,0.5,0.5,0.5,a,2,0,0,0
";
    assert_eq!(csv(&comparison), expected);
    let text = text(&comparison);
    let expected = "\
b: seeds 2, 3, 4; tick 0

               cooperation
population  n        _rate  kl
------------------------------
x           3  0.700±0.745   -
  − a       2  0.150±0.635   -
";
    assert!(text.contains(expected), "{text}");
    assert!(
        text.ends_with("lines with − are differences by seed; (n): number of seeds with a value in this column"),
        "{text}"
    );
}

#[test]
fn one_seed_alone_has_a_dash_for_an_interval() {
    let dir = tempfile::tempdir().unwrap();
    let mut comparison = compare(&[make(dir.path(), &DEFAULT)], 1).unwrap();
    comparison.select_readable(|_| true);
    assert!(text(&comparison).contains("0.250±-"), "{}", text(&comparison));
}

#[test]
fn people_see_what_plugins_measure() {
    let dir = tempfile::tempdir().unwrap();
    let folder = make(dir.path(), &DEFAULT);
    for (column, is_seen) in [("kl", true), ("none", false)] {
        let mut comparison = compare(std::slice::from_ref(&folder), 1).unwrap();
        comparison.select_readable(|built_in| built_in != column);
        assert_eq!(comparison.rows.iter().any(|row| row.column == "kl"), is_seen);
    }
}

#[test]
fn a_tick_with_rows_stands_for_those_since_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let rows = |tick: u64| format!("{tick},x_0,x,llm,0.5,random,\n");
    let evolution: String = [999, 1999, 2999].map(rows).concat();
    let outcomes = "999,1,0\n1999,1,0\n2999,1,0\n";
    let run = make(dir.path(), &Made { evolution: &evolution, outcomes, ..DEFAULT });
    for (last, ticks, shown) in [(1, (2000, 2999), "2000 to 2999, recorded once"), (3, (0, 2999), "0 to 2999")] {
        let comparison = compare(std::slice::from_ref(&run), last).unwrap();
        assert_eq!((comparison.groups[0].ticks, comparison.groups[0].recorded), (ticks, last));
        assert!(text(&comparison).contains(shown), "{}", text(&comparison));
    }
}

#[test]
fn a_folder_named_twice_is_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let run = make(dir.path(), &DEFAULT);
    let comparison = compare(&[dir.path().to_path_buf(), run], 1).unwrap();
    assert_eq!(comparison.groups[0].seeds, [1]);
}

#[test]
fn what_does_not_go_together_is_refused_with_advice() {
    // (what is there besides the default run, last, words of the answer)
    let cases: [(Made, usize, &[&str]); 8] = [
        (Made { folder: "twice", ..DEFAULT }, 1, &["seed 1 of `a`", "a-s1", "twice", "--set name"]),
        (Made { folder: "s2", seed: 2, status: "running", ..DEFAULT }, 1, &["not done", "s2", "--seeds"]),
        (
            Made { folder: "s2", seed: 2, settings: "ticks: 3", ..DEFAULT },
            1,
            &["`ticks: 2,`, `ticks: 3,`", "--set name"],
        ),
        (
            Made { folder: "s2", seed: 2, outcomes: "0,1,0\n", ..DEFAULT },
            1,
            &["social_outcomes.csv are 1", "social_outcomes.csv 0"],
        ),
        (Made { folder: "s2", seed: 2, ..DEFAULT }, 3, &["2 recorded", "last 3"]),
        (Made { folder: "s2", seed: 2, evolution: "", ..DEFAULT }, 1, &["strategy_evolution.csv", "0 recorded"]),
        (Made { folder: "s2", seed: 2, evolution: "0,x_0,x,llm,maybe,,\n", ..DEFAULT }, 1, &["line 2", "`maybe`"]),
        (Made { folder: "s2", seed: 2, outcomes: "zero,1,0\n", ..DEFAULT }, 1, &["`zero` is no tick"]),
    ];
    for (made, last, words) in cases {
        let dir = tempfile::tempdir().unwrap();
        make(dir.path(), &DEFAULT);
        make(dir.path(), &made);
        let error = compare(&[dir.path().to_path_buf()], last).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{words:?} in {error}");
    }
}

#[test]
fn folders_without_runs_and_unknown_columns_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = compare(&[dir.path().to_path_buf()], 1).unwrap_err().to_string();
    assert!(error.contains("no run in") && error.contains("manifest.json"), "{error}");
    let error = compare(&[dir.path().join("nowhere")], 1).unwrap_err().to_string();
    assert!(error.contains("no run in") && error.contains("nowhere"), "{error}");
    let mut comparison = compare(&[make(dir.path(), &DEFAULT)], 1).unwrap();
    let error = comparison.select(&["cooperation".into()]).unwrap_err().to_string();
    assert!(error.contains("Did you mean `cooperation_rate`?") && error.contains("matches"), "{error}");
}
