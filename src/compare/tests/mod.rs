//! Comparisons of small folders written by hand.

mod design;
mod evaluation;
mod means;
mod refusals;

use super::*;
use std::fs;
use std::path::{Path, PathBuf};

/// A run's folder: `evolution` and `outcomes` without their header rows.
struct Made<'a> {
    folder: &'a str,
    scenario: &'a str,
    factors: &'a str,
    seed: u64,
    status: &'a str,
    settings: &'a str,
    evolution: &'a str,
    outcomes: &'a str,
}

const DEFAULT: Made = Made {
    folder: "a-s1",
    scenario: "a",
    factors: "",
    seed: 1,
    status: "done",
    settings: "ticks: 2",
    evolution: "0,x_0,x,llm,0.5,exact,random,\n0,x_1,x,llm,0.5,,,\n0,y_0,y,grim,1,exact,grim,\n\
                1,x_0,x,llm,0,exact,grim,2\n1,x_1,x,llm,0.5,exact,random,\n1,y_0,y,grim,1,exact,grim,\n",
    outcomes: "0,4,0.5\n1,4,0.25\n",
};

fn make(root: &Path, made: &Made) -> PathBuf {
    let folder = root.join(made.folder);
    fs::create_dir_all(&folder).unwrap();
    let Made { scenario, seed, status, factors, .. } = made;
    let factors = if factors.is_empty() { String::new() } else { format!(r#", "factors": {factors}"#) };
    let manifest =
        format!(r#"{{"version": "0", "status": "{status}", "scenario": "{scenario}", "seed": {seed}{factors}}}"#);
    fs::write(folder.join("manifest.json"), manifest).unwrap();
    fs::write(folder.join("scenario.ron"), format!("(\n  seed: {seed},\n  {},\n)\n", made.settings)).unwrap();
    let evolution = "tick,agent,population,policy,cooperation_rate,p_c_source,nearest_strategy,kl\n";
    fs::write(folder.join("strategy_evolution.csv"), evolution.to_string() + made.evolution).unwrap();
    let outcomes = "tick,matches,cooperation_rate\n";
    fs::write(folder.join("social_outcomes.csv"), outcomes.to_string() + made.outcomes).unwrap();
    folder
}

/// Two scenarios: `a` with seeds 1, 2, 3 and `b` with seeds 2, 3, 4; one population `x` of one member, one tick.
fn two_scenarios(root: &Path) {
    let values = [("a", 1, 0.1), ("a", 2, 0.2), ("a", 3, 0.6), ("b", 2, 0.4), ("b", 3, 0.7), ("b", 4, 1.0)];
    for (scenario, seed, value) in values {
        let (folder, evolution) = (format!("{scenario}-s{seed}"), format!("0,x_0,x,llm,{value},,,\n"));
        let outcomes = "0,4,0.5\n";
        make(root, &Made { folder: &folder, scenario, seed, evolution: &evolution, outcomes, ..DEFAULT });
    }
}

fn compared(folder: &Path, last: Option<usize>) -> Comparison {
    compare(&[folder.to_path_buf()], &Options { last, ..Options::default() }).unwrap()
}

fn row<'a>(comparison: &'a Comparison, group: usize, table: &str, population: &str, column: &str) -> &'a Row {
    let wanted = |row: &&Row| row.group == group && row.key.table == table && row.key.population == population;
    comparison.rows.iter().filter(wanted).find(|row| row.key.column == column).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan())
}

/// The page as text; the test fails if it is wider than a terminal.
fn text(comparison: &Comparison) -> String {
    let text = output::page(comparison).text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    text
}
