//! The last ticks of a run's tables, boiled down to one number per population and column.

use super::CompareError;
use super::numbers::{EVOLUTION, Key, Numbers, OUTCOMES, strategy};
use crate::files::NOT_NUMBERS;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// Without a number of ticks, one in this many recorded ticks is averaged over, from the end.
const TENTH: usize = 10;

/// The ticks that numbers are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// The recorded ticks, in order.
    pub ticks: Vec<u64>,
    /// The first tick that they cover: each recorded tick stands for all ticks since the one before it.
    pub first_covered: u64,
    /// The number of recorded ticks of the whole run.
    pub recorded: usize,
}

/// Reads the last ticks of the two tables of the run in `folder`: as many as `last` says, or a tenth of them, at least
/// one. No more than a row is ever in memory.
pub(super) fn read(folder: &Path, last: Option<usize>) -> Result<(Numbers, [Window; 2]), CompareError> {
    let mut numbers = Numbers::default();
    let mut window = |table: &'static str| -> Result<Window, CompareError> {
        let path = folder.join(format!("{table}.csv"));
        let recorded = ticks_in(&path)?;
        let wanted = last.unwrap_or_else(|| (recorded / TENTH).max(1));
        if recorded < wanted {
            return Err(match last {
                Some(wanted) => CompareError::FewTicks { path, wanted, found: recorded },
                None => CompareError::NoTicks { path },
            });
        }
        read_table(&path, table, recorded, wanted, &mut numbers)
    };
    let windows = [window(EVOLUTION)?, window(OUTCOMES)?];
    Ok((numbers, windows))
}

/// A table that is read row by row.
pub(super) struct Rows<'a> {
    path: &'a Path,
    /// Names of the columns.
    pub heads: Vec<String>,
    reader: csv::Reader<File>,
    tick: usize,
    record: csv::StringRecord,
}

impl<'a> Rows<'a> {
    /// Opens the table at `path`, which must have a column `tick`.
    pub(super) fn open(path: &'a Path) -> Result<Self, CompareError> {
        let file = File::open(path).map_err(CompareError::io("read", path))?;
        let mut reader = csv::Reader::from_reader(file);
        let problem = |problem: String| CompareError::NotATable { path: path.to_path_buf(), problem };
        let heads = reader.headers().map_err(|e| problem(e.to_string()))?;
        let heads: Vec<String> = heads.iter().map(String::from).collect();
        let tick = heads.iter().position(|head| head == "tick");
        let tick = tick.ok_or_else(|| problem("there is no column `tick`".into()))?;
        Ok(Self { path, heads, reader, tick, record: csv::StringRecord::new() })
    }

    /// The number of the column `name`.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.heads.iter().position(|head| head == name)
    }

    /// The numbers of the columns that hold numbers.
    pub(super) fn numeric(&self) -> Vec<usize> {
        (0..self.heads.len()).filter(|&i| !NOT_NUMBERS.contains(&self.heads[i].as_str())).collect()
    }

    /// The cells of the row that was read last.
    pub(super) fn record(&self) -> &csv::StringRecord {
        &self.record
    }

    /// Reads the next row and returns its tick; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<u64>, CompareError> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => match self.record[self.tick].parse() {
                Ok(tick) => Ok(Some(tick)),
                Err(_) => Err(self.problem(&self.record, |cells| format!("`{}` is no tick", &cells[self.tick]))),
            },
            Err(error) => Err(CompareError::NotATable { path: self.path.to_path_buf(), problem: error.to_string() }),
        }
    }

    /// The number in a cell; `None` if it is empty.
    pub(super) fn number(&self, record: &csv::StringRecord, column: usize) -> Result<Option<f64>, CompareError> {
        if record[column].is_empty() {
            return Ok(None);
        }
        match record[column].parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err(self.problem(record, |cells| {
                format!("`{}` in column `{}` is no number", &cells[column], self.heads[column])
            })),
        }
    }

    fn problem(&self, record: &csv::StringRecord, words: impl Fn(&csv::StringRecord) -> String) -> CompareError {
        let line = record.position().map_or(0, csv::Position::line);
        CompareError::NotATable { path: self.path.to_path_buf(), problem: format!("line {line}: {}", words(record)) }
    }
}

/// The number of recorded ticks of the table at `path`.
fn ticks_in(path: &Path) -> Result<usize, CompareError> {
    let mut rows = Rows::open(path)?;
    let (mut count, mut current) = (0, None);
    while let Some(tick) = rows.next()? {
        if current != Some(tick) {
            count += 1;
            current = Some(tick);
        }
    }
    Ok(count)
}

/// Reads the last `wanted` of the `recorded` ticks of `path` into `numbers`.
fn read_table(
    path: &Path,
    table: &'static str,
    recorded: usize,
    wanted: usize,
    numbers: &mut Numbers,
) -> Result<Window, CompareError> {
    let mut rows = Rows::open(path)?;
    let mut sums = Sums::new(&rows);
    let (mut first_covered, mut seen, mut current) = (0, 0, None);
    let mut ticks = Vec::with_capacity(wanted);
    while let Some(tick) = rows.next()? {
        if current != Some(tick) {
            // The rows of a run that is still playing may be more by now.
            if seen == recorded {
                break;
            }
            (seen, current) = (seen + 1, Some(tick));
            if seen + wanted > recorded {
                ticks.push(tick);
            } else {
                first_covered = tick.saturating_add(1);
            }
        }
        if !ticks.is_empty() {
            sums.add(&rows, rows.record())?;
        }
    }
    sums.put(&rows, table, numbers);
    Ok(Window { ticks, first_covered, recorded })
}

/// Sums over the rows of each population.
struct Sums {
    /// Numbers of the columns that are summed up, and those of the words.
    numeric: Vec<usize>,
    population: Option<usize>,
    strategy: Option<usize>,
    source: Option<usize>,
    /// The populations in the table's order, and where to find them.
    populations: Vec<Sum>,
    places: BTreeMap<String, usize>,
}

/// The rows of one population, or of a table without populations.
struct Sum {
    name: String,
    /// Sum and number of the cells, by column.
    cells: Vec<(f64, u64)>,
    /// Rows by their nearest strategy.
    strategies: BTreeMap<String, u64>,
    /// Where the probabilities come from.
    sources: BTreeSet<String>,
}

impl Sums {
    fn new(rows: &Rows) -> Self {
        Self {
            numeric: rows.numeric(),
            population: rows.column("population"),
            strategy: rows.column("nearest_strategy"),
            source: rows.column("p_c_source"),
            populations: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    /// Adds a row; empty cells are left out.
    fn add(&mut self, rows: &Rows, record: &csv::StringRecord) -> Result<(), CompareError> {
        let name = self.population.map_or("", |column| &record[column]);
        let place = match self.places.get(name) {
            Some(&place) => place,
            None => {
                let cells = vec![(0.0, 0); self.numeric.len()];
                self.places.insert(name.into(), self.populations.len());
                self.populations.push(Sum {
                    name: name.into(),
                    cells,
                    strategies: BTreeMap::new(),
                    sources: BTreeSet::new(),
                });
                self.populations.len() - 1
            }
        };
        let sum = &mut self.populations[place];
        for (cell, &column) in sum.cells.iter_mut().zip(&self.numeric) {
            if let Some(value) = rows.number(record, column)? {
                cell.0 += value;
                cell.1 += 1;
            }
        }
        if let Some(name) = self.strategy.map(|column| &record[column]).filter(|name| !name.is_empty()) {
            *sum.strategies.entry(name.into()).or_default() += 1;
        }
        if let Some(source) = self.source.map(|column| &record[column]).filter(|source| !source.is_empty())
            && !sum.sources.contains(source)
        {
            sum.sources.insert(source.into());
        }
        Ok(())
    }

    /// Hands the means and shares over.
    fn put(self, rows: &Rows, table: &'static str, numbers: &mut Numbers) {
        for sum in &self.populations {
            for (&(total, count), &column) in sum.cells.iter().zip(&self.numeric) {
                let key = Key {
                    table,
                    population: sum.name.clone(),
                    question: String::new(),
                    column: rows.heads[column].clone(),
                };
                numbers.add(key, (count > 0).then(|| total / count as f64));
            }
        }
        for sum in self.populations {
            numbers.sources.entry(sum.name.clone()).or_default().extend(sum.sources);
            let all: u64 = sum.strategies.values().sum();
            for (name, &count) in &sum.strategies {
                numbers.add(strategy(&sum.name, name), Some(count as f64 / all as f64));
            }
        }
    }
}
