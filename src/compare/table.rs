//! The last ticks of a run's tables, boiled down to one number per population and column.

use super::CompareError;
use std::collections::VecDeque;
use std::fs::File;
use std::path::Path;

/// Columns that identify a row, or hold words.
const NOT_NUMBERS: [&str; 6] = ["tick", "agent", "population", "policy", "p_c_source", "nearest_strategy"];

/// Means over the members of each population and the last ticks of one table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Means {
    /// The recorded ticks, in order.
    pub ticks: Vec<u64>,
    /// The first tick that they cover: each recorded tick stands for all ticks since the one before it.
    pub first_covered: u64,
    /// Names of the numeric columns, in the table's order.
    pub columns: Vec<String>,
    /// Names of the populations, in the table's order; one empty name for a table without populations.
    pub populations: Vec<String>,
    /// Values by population, then column; `None` if no cell holds a number.
    pub values: Vec<Vec<Option<f64>>>,
}

/// Reads the last `last` ticks of `path`. Only these are ever in memory.
pub(super) fn read(path: &Path, last: usize) -> Result<Means, CompareError> {
    let not_a_table = |problem: String| CompareError::NotATable { path: path.to_path_buf(), problem };
    let file = File::open(path).map_err(CompareError::io("read", path))?;
    let mut reader = csv::Reader::from_reader(file);
    let heads: Vec<String> =
        reader.headers().map_err(|e| not_a_table(e.to_string()))?.iter().map(String::from).collect();
    let find = |name: &str| heads.iter().position(|head| head == name);
    let tick_column = find("tick").ok_or_else(|| not_a_table("there is no column `tick`".into()))?;
    let mut window: VecDeque<(u64, Vec<csv::StringRecord>)> = VecDeque::new();
    let mut first_covered = 0;
    for record in reader.into_records() {
        let record = record.map_err(|e| not_a_table(e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let tick = record[tick_column].parse();
        let tick = tick.map_err(|_| not_a_table(format!("line {line}: `{}` is no tick", &record[tick_column])))?;
        match window.back_mut() {
            Some((current, records)) if *current == tick => records.push(record),
            _ => window.push_back((tick, vec![record])),
        }
        if window.len() > last
            && let Some((before, _)) = window.pop_front()
        {
            first_covered = before + 1;
        }
    }
    if window.len() < last {
        return Err(CompareError::FewTicks { path: path.to_path_buf(), wanted: last, found: window.len() });
    }
    let numeric: Vec<usize> = (0..heads.len()).filter(|&i| !NOT_NUMBERS.contains(&heads[i].as_str())).collect();
    let mut sums = Sums { populations: Vec::new(), sums: Vec::new() };
    for record in window.iter().flat_map(|(_, records)| records) {
        let population = find("population").map_or("", |column| &record[column]);
        sums.add(population, record, &numeric).map_err(|column| {
            let line = record.position().map_or(0, csv::Position::line);
            not_a_table(format!("line {line}: `{}` in column `{}` is no number", &record[column], heads[column]))
        })?;
    }
    let means = |sums: Vec<(f64, u64)>| sums.into_iter().map(|(sum, n)| (n > 0).then(|| sum / n as f64)).collect();
    Ok(Means {
        ticks: window.iter().map(|(tick, _)| *tick).collect(),
        first_covered,
        columns: numeric.iter().map(|&column| heads[column].clone()).collect(),
        populations: sums.populations,
        values: sums.sums.into_iter().map(means).collect(),
    })
}

/// Sum and number of the cells, by population and column.
struct Sums {
    populations: Vec<String>,
    sums: Vec<Vec<(f64, u64)>>,
}

impl Sums {
    /// Adds a row; empty cells are left out. The error is the column of a cell that does not hold a number.
    fn add(&mut self, population: &str, record: &csv::StringRecord, numeric: &[usize]) -> Result<(), usize> {
        let known = self.populations.iter().position(|name| name == population);
        let index = known.unwrap_or_else(|| {
            self.populations.push(population.to_string());
            self.sums.push(vec![(0.0, 0); numeric.len()]);
            self.sums.len() - 1
        });
        for (cell, &column) in self.sums[index].iter_mut().zip(numeric) {
            if record[column].is_empty() {
                continue;
            }
            let value: f64 = record[column].parse().map_err(|_| column)?;
            cell.0 += value;
            cell.1 += 1;
        }
        Ok(())
    }
}
