//! One measure over the ticks: its mean over seeds at every recorded tick.

use super::comparison::{kept, unknown_column};
use super::group::{Group, Run, described, gather};
use super::interval::{Estimate, difference as less};
use super::numbers::{EVOLUTION, OUTCOMES, bounds};
use super::table::Rows;
use super::{CompareError, baseline};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The most points of one run: ticks times populations.
const POINTS_MAX: usize = 1_000_000;

/// A measure over the ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The column.
    pub column: String,
    /// The groups.
    pub groups: Vec<Group>,
    /// What they are compared with, in words; `None` if nothing was asked for.
    pub baseline: Option<String>,
    /// The points: by group, table, population and tick.
    pub points: Vec<Point>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// A group's mean at one recorded tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Index of the group.
    pub group: usize,
    /// [`EVOLUTION`] or [`OUTCOMES`].
    pub table: &'static str,
    /// The population; empty in [`OUTCOMES`].
    pub population: String,
    /// The recorded tick, which stands for all since the one before it.
    pub tick: u64,
    /// The mean over seeds of the mean over members.
    pub estimate: Estimate,
    /// This group minus its base at the same tick, over the seeds that both have; `None` without a base.
    pub difference: Option<Estimate>,
}

impl Curve {
    /// The smallest and the largest value there can be.
    pub fn bounds(&self, table: &'static str) -> [f64; 2] {
        bounds(table, &self.column)
    }

    /// Keeps the points of the populations in `names`; `all agents` stands for all of them together.
    ///
    /// # Errors
    /// If no point is about such a population.
    pub fn keep_populations(&mut self, names: &[String]) -> Result<(), CompareError> {
        let is_kept = kept(names, self.points.iter().map(|point| point.population.as_str()))?;
        self.points.retain(|point| is_kept.contains(&point.population));
        Ok(())
    }
}

/// A run's means by table, population and tick. Populations are in the order of the file.
type Means = Vec<(&'static str, String, BTreeMap<u64, f64>)>;

/// Sum and number of the values at each tick.
type Sums = BTreeMap<u64, (f64, u64)>;

/// Reads `column` at every recorded tick of the runs in `folders`, each a run's folder or a folder of such folders.
/// With a baseline `wanted`, groups are compared with it, seed by seed.
///
/// # Errors
/// If a folder holds no run, if no run is left, if no table has such a column, or if the baseline is no group.
pub fn curve(folders: &[PathBuf], column: &str, wanted: Option<&str>) -> Result<Curve, CompareError> {
    let mut notes = Vec::new();
    // A column that a run lacks, and those that it has.
    let mut known: Vec<String> = Vec::new();
    let read = |folder: &Path| {
        let mut means = Means::new();
        for table in [EVOLUTION, OUTCOMES] {
            let path = folder.join(format!("{table}.csv"));
            let heads = read_table(&path, table, column, &mut means)?;
            known.extend(heads);
        }
        Ok(means)
    };
    let gathered = gather(folders, &mut notes, read)?;
    if gathered.iter().flatten().all(|run| run.data.is_empty()) {
        let mut seen = BTreeSet::new();
        let known: Vec<&str> = known.iter().map(String::as_str).filter(|name| seen.insert(*name)).collect();
        return Err(unknown_column(column, &known));
    }
    let mut groups: Vec<Group> = gathered.iter().map(|runs| described(runs)).collect();
    let baseline = wanted.map(|wanted| baseline::choose(&mut groups, Some(wanted))).transpose()?.flatten();
    let mut curve = Curve { column: column.into(), groups, baseline, points: Vec::new(), notes };
    for (group, runs) in gathered.iter().enumerate() {
        let base = curve.groups[group].base.map(|base| gathered[base].as_slice());
        let mut lines: Vec<(&'static str, &str)> = Vec::new();
        for (table, population, _) in runs.iter().flat_map(|run| &run.data) {
            if !lines.contains(&(table, population)) {
                lines.push((table, population));
            }
        }
        for (table, population) in lines {
            let mut values: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
            for (of, name, means) in runs.iter().flat_map(|run| &run.data) {
                if *of == table && name == population {
                    means.iter().for_each(|(&tick, &value)| values.entry(tick).or_default().push(value));
                }
            }
            curve.points.extend(values.into_iter().map(|(tick, values)| {
                let estimate = Estimate::of(&values);
                let difference = base.map(|base| difference(runs, base, (table, population, tick)));
                Point { group, table, population: population.into(), tick, estimate, difference }
            }));
        }
    }
    Ok(curve)
}

/// The mean difference by seed of `runs` and `base` at one point: table, population, tick.
fn difference(runs: &[Run<Means>], base: &[Run<Means>], at: (&str, &str, u64)) -> Estimate {
    let (table, population, tick) = at;
    let value = |run: &Run<Means>| {
        let (_, _, means) = run.data.iter().find(|(of, name, _)| *of == table && name == population)?;
        means.get(&tick).copied()
    };
    let pairs = runs.iter().filter_map(|run| {
        let other = base.iter().find(|other| other.folder.seed == run.folder.seed)?;
        Some(less(value(run)?, value(other)?))
    });
    Estimate::of(&pairs.collect::<Vec<_>>())
}

/// Adds the means of `column` in the table at `path`, if it has such a column, and returns the names of its columns of
/// numbers.
fn read_table(path: &Path, table: &'static str, column: &str, means: &mut Means) -> Result<Vec<String>, CompareError> {
    let mut rows = Rows::open(path)?;
    let numeric = rows.numeric();
    let names = numeric.iter().map(|&at| rows.heads[at].clone()).collect();
    let Some(wanted) = numeric.into_iter().find(|&at| rows.heads[at] == column) else { return Ok(names) };
    let population = rows.column("population");
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut sums: Vec<(String, Sums)> = Vec::new();
    let mut points = 0;
    while let Some(tick) = rows.next()? {
        let record = rows.record();
        let Some(value) = rows.number(record, wanted)? else { continue };
        let name = population.map_or("", |at| &record[at]);
        let place = places.get(name).copied().unwrap_or_else(|| {
            places.insert(name.into(), sums.len());
            sums.push((name.into(), BTreeMap::new()));
            sums.len() - 1
        });
        let sum = sums[place].1.entry(tick).or_insert_with(|| {
            points += 1;
            (0.0, 0)
        });
        sum.0 += value;
        sum.1 += 1;
        if points > POINTS_MAX {
            let (path, column) = (path.to_path_buf(), column.to_string());
            return Err(CompareError::ManyPoints { path, column, most: POINTS_MAX });
        }
    }
    for (name, sums) in sums {
        means.push((table, name, sums.into_iter().map(|(tick, (sum, count))| (tick, sum / count as f64)).collect()));
    }
    Ok(names)
}
