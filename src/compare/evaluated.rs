//! What `sim evaluate` measured, from the `evaluation.csv` in a run's folder.

use super::CompareError;
use super::numbers::{EVALUATION, Key, Numbers};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// The table of an evaluation.
const FILE: &str = "evaluation.csv";

/// The measures that are compared, as sums of columns.
const MEASURES: [(&str, &[&str]); 10] = [
    ("cooperation", &["c_after_c", "c_after_d"]),
    ("illegal", &["p_illegal"]),
    ("payoff", &["payoff"]),
    ("collective_payoff", &["collective_payoff"]),
    ("fine_deontological", &["fine_deontological"]),
    ("shortfall_utilitarian", &["shortfall_utilitarian"]),
    ("p_c_cc", &["p_c_cc"]),
    ("p_c_cd", &["p_c_cd"]),
    ("p_c_dc", &["p_c_dc"]),
    ("p_c_dd", &["p_c_dd"]),
];

/// The settings of a suite, which must be the same in all runs: columns of the table.
const SETTINGS: [&str; 3] = ["histories", "rounds", "penalty"];

/// Reads what the trained models of the run in `folder` did in the suite: exact values, means over the members of each
/// population. The text says how the suite was set.
pub(super) fn read(folder: &Path) -> Result<(Numbers, String), CompareError> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Err(CompareError::NotEvaluated { path: folder.to_path_buf() });
    }
    let problem = |problem: String| CompareError::NotATable { path: path.clone(), problem };
    let file = File::open(&path).map_err(CompareError::io("read", &path))?;
    let mut reader = csv::Reader::from_reader(file);
    let heads = reader.headers().map_err(|e| problem(e.to_string()))?.clone();
    let column = |name: &str| {
        let found = heads.iter().position(|head| head == name);
        found.ok_or_else(|| problem(format!("there is no column `{name}`; evaluate the run again with --force")))
    };
    let words = ["subject", "estimate", "population", "part", "game", "labels", "table", "phrasing"];
    let words: Vec<usize> = words.into_iter().map(column).collect::<Result<_, _>>()?;
    let settings: Vec<usize> = SETTINGS.into_iter().map(column).collect::<Result<_, _>>()?;
    let measures: Vec<Vec<usize>> = MEASURES
        .iter()
        .map(|(_, columns)| columns.iter().map(|name| column(name)).collect())
        .collect::<Result<_, _>>()?;
    // Sums by population and question, in the order of the file.
    let mut order: Vec<(String, String)> = Vec::new();
    let mut sums: BTreeMap<(String, String), ([f64; MEASURES.len()], u64)> = BTreeMap::new();
    let mut suite = String::new();
    for record in reader.into_records() {
        let record = record.map_err(|e| problem(e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let [subject, estimate, population, part, game, labels, table, phrasing] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|word| &record[words[word]]);
        if subject != "trained" || estimate != "exact" {
            continue;
        }
        let set = SETTINGS.iter().zip(&settings).map(|(name, &column)| format!("{name} {}", &record[column]));
        suite = set.collect::<Vec<_>>().join(", ");
        let special = match part {
            "table" => table,
            "phrasing" | "unrelated" => phrasing,
            _ => labels,
        };
        let of = (population.to_string(), format!("{part}/{game}/{special}"));
        let (sum, count) = sums.entry(of.clone()).or_insert_with(|| {
            order.push(of);
            ([0.0; MEASURES.len()], 0)
        });
        for (sum, columns) in sum.iter_mut().zip(&measures) {
            for &column in columns {
                let value = record[column].parse::<f64>().ok().filter(|value| value.is_finite());
                *sum += value.ok_or_else(|| {
                    problem(format!("line {line}: `{}` in column `{}` is no number", &record[column], &heads[column]))
                })?;
            }
        }
        *count += 1;
    }
    if order.is_empty() {
        return Err(problem("it has no exact values of trained models".into()));
    }
    let mut numbers = Numbers::default();
    for of in order {
        let (sum, count) = &sums[&of];
        let (population, question) = of;
        // The suite reads label probabilities, whatever the decision mode was.
        numbers.sources.entry(population.clone()).or_default().insert("exact".into());
        for ((name, _), sum) in MEASURES.iter().zip(sum) {
            let (population, question) = (population.clone(), question.clone());
            let key = Key { table: EVALUATION, population, question, column: (*name).into() };
            numbers.add(key, Some(sum / *count as f64));
        }
    }
    Ok((numbers, suite))
}
