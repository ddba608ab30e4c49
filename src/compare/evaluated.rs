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

/// Where the columns of an evaluation are.
struct Columns {
    /// Subject, estimate, population, part, game, labels, table, phrasing.
    words: Vec<usize>,
    /// [`SETTINGS`].
    settings: Vec<usize>,
    /// [`MEASURES`], each a sum.
    measures: Vec<Vec<usize>>,
}

impl Columns {
    /// Finds them; the error is the name of a column that is missing.
    fn of(heads: &csv::StringRecord) -> Result<Self, &'static str> {
        let column = |name: &&'static str| heads.iter().position(|head| head == *name).ok_or(*name);
        let words = ["subject", "estimate", "population", "part", "game", "labels", "table", "phrasing"];
        let measure = |(_, columns): &(&str, &'static [&'static str])| columns.iter().map(column).collect();
        Ok(Self {
            words: words.iter().map(column).collect::<Result<_, _>>()?,
            settings: SETTINGS.iter().map(column).collect::<Result<_, _>>()?,
            measures: MEASURES.iter().map(measure).collect::<Result<_, _>>()?,
        })
    }
}

/// The untrained model among the populations, none of which can have such a name.
const UNTRAINED: &str = "untrained model";
/// How the untrained model is called that is told a value in its prompt, before the value.
const PROMPTED: &str = "prompted: ";

/// A population and a question.
type About = (String, String);

/// Sums by population and question.
#[derive(Default)]
struct Sums {
    /// In the order of the file.
    order: Vec<About>,
    sums: BTreeMap<About, ([f64; MEASURES.len()], u64)>,
    /// How the suite was set.
    suite: String,
}

impl Sums {
    /// Adds a row, if it is an exact one of a model. The error is the column of a cell that holds no number.
    fn add(&mut self, columns: &Columns, record: &csv::StringRecord) -> Result<(), usize> {
        let [subject, estimate, population, part, game, labels, table, phrasing] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|word| &record[columns.words[word]]);
        if estimate != "exact" {
            return Ok(());
        }
        let population = match subject {
            "trained" => population.to_owned(),
            "untrained" => UNTRAINED.to_owned(),
            "prompted" => format!("{PROMPTED}{}", population.strip_prefix("told_").unwrap_or(population)),
            _ => return Ok(()),
        };
        let set = SETTINGS.iter().zip(&columns.settings).map(|(name, &column)| format!("{name} {}", &record[column]));
        self.suite = set.collect::<Vec<_>>().join(", ");
        let special = match part {
            "table" => table,
            "phrasing" | "unrelated" => phrasing,
            _ => labels,
        };
        let about = (population, format!("{part}/{game}/{special}"));
        let (sum, count) = self.sums.entry(about.clone()).or_insert_with(|| {
            self.order.push(about);
            ([0.0; MEASURES.len()], 0)
        });
        for (sum, columns) in sum.iter_mut().zip(&columns.measures) {
            for &column in columns {
                let value = record[column].parse::<f64>().ok().filter(|value| value.is_finite());
                *sum += value.ok_or(column)?;
            }
        }
        *count += 1;
        Ok(())
    }

    /// The means.
    fn numbers(self) -> Numbers {
        let mut numbers = Numbers::default();
        let mut order = self.order;
        // Those that learned come first.
        order.sort_by_key(|(population, _)| (population.starts_with(PROMPTED), population == UNTRAINED));
        for about in order {
            let (sum, count) = &self.sums[&about];
            let (population, question) = about;
            // The suite reads label probabilities, whatever the decision mode was.
            numbers.sources.entry(population.clone()).or_default().insert("exact".into());
            for ((name, _), sum) in MEASURES.iter().zip(sum) {
                let (population, question) = (population.clone(), question.clone());
                let key = Key { table: EVALUATION, population, question, column: (*name).into() };
                numbers.add(key, Some(sum / *count as f64));
            }
        }
        numbers
    }
}

/// Reads what the models of the run in `folder` did in the suite, trained, untrained and told a value: exact values,
/// means over the members of each population. The text says how the suite was set.
pub(super) fn read(folder: &Path) -> Result<(Numbers, String), CompareError> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Err(CompareError::NotEvaluated { path: folder.to_path_buf() });
    }
    let problem = |problem: String| CompareError::NotATable { path: path.clone(), problem };
    let file = File::open(&path).map_err(CompareError::io("read", &path))?;
    let mut reader = csv::Reader::from_reader(file);
    let heads = reader.headers().map_err(|e| problem(e.to_string()))?.clone();
    let columns = Columns::of(&heads)
        .map_err(|name| problem(format!("there is no column `{name}`; evaluate the run again with --force")))?;
    let mut sums = Sums::default();
    for record in reader.into_records() {
        let record = record.map_err(|e| problem(e.to_string()))?;
        sums.add(&columns, &record).map_err(|column| {
            let line = record.position().map_or(0, csv::Position::line);
            problem(format!("line {line}: `{}` in column `{}` is no number", &record[column], &heads[column]))
        })?;
    }
    if !sums.order.iter().any(|(population, _)| population != UNTRAINED && !population.starts_with(PROMPTED)) {
        return Err(problem("it has no exact values of trained models".into()));
    }
    let suite = sums.suite.clone();
    Ok((sums.numbers(), suite))
}
