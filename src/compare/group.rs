//! Runs of one scenario taken together, and groups compared with the first.

use super::folder::{self, RunFolder};
use super::table::{self, Means};
use super::{CompareError, Comparison, EVOLUTION, Estimate, Group, OUTCOMES, Row, output};
use std::path::{Path, PathBuf};

/// Reads the runs in `folders`, each a run's folder or a folder of such folders, and compares their last `last` ticks.
///
/// # Errors
/// If a folder holds no run, if a run is not done, or if runs of one scenario do not belong together.
pub fn compare(folders: &[PathBuf], last: usize) -> Result<Comparison, CompareError> {
    let mut groups: Vec<GroupRuns> = Vec::new();
    for folder in folder::find(folders)? {
        let run = Run { tables: tables(&folder.path, last)?, folder };
        match groups.iter_mut().find(|group| group.runs[0].folder.scenario == run.folder.scenario) {
            Some(group) => group.runs.push(run),
            None => groups.push(GroupRuns { runs: vec![run] }),
        }
    }
    let mut comparison = Comparison { groups: Vec::new(), rows: Vec::new() };
    for group in &mut groups {
        group.runs.sort_by_key(|run| run.folder.seed);
        group.check()?;
        let first = &group.runs[0];
        let ticks = &first.tables[0].1.ticks;
        comparison.groups.push(Group {
            scenario: first.folder.scenario.clone(),
            seeds: group.runs.iter().map(|run| run.folder.seed).collect(),
            ticks: (first.tables[0].1.first_covered, ticks[ticks.len() - 1]),
            recorded: ticks.len(),
        });
    }
    for (index, group) in groups.iter().enumerate() {
        comparison.rows.extend(group.rows(index, (index > 0).then(|| &groups[0])));
    }
    Ok(comparison)
}

fn tables(folder: &Path, last: usize) -> Result<[(&'static str, Means); 2], CompareError> {
    let read = |name| table::read(&folder.join(format!("{name}.csv")), last);
    Ok([(EVOLUTION, read(EVOLUTION)?), (OUTCOMES, read(OUTCOMES)?)])
}

/// A run and its numbers.
struct Run {
    folder: RunFolder,
    tables: [(&'static str, Means); 2],
}

impl Run {
    /// The number for a population and column, if there is one.
    fn value(&self, table: usize, population: &str, column: &str) -> Option<f64> {
        let means = &self.tables[table].1;
        let population = means.populations.iter().position(|name| name == population)?;
        means.values[population][means.columns.iter().position(|name| name == column)?]
    }
}

/// The runs of one scenario, by seed.
struct GroupRuns {
    runs: Vec<Run>,
}

impl GroupRuns {
    /// Makes sure that the runs differ in nothing but their seeds.
    fn check(&self) -> Result<(), CompareError> {
        let (first, scenario) = (&self.runs[0], &self.runs[0].folder.scenario);
        for (a, b) in self.runs.iter().zip(&self.runs[1..]) {
            if a.folder.seed == b.folder.seed {
                return Err(CompareError::SeedTwice {
                    scenario: scenario.clone(),
                    seed: a.folder.seed,
                    first: a.folder.path.clone(),
                    second: b.folder.path.clone(),
                });
            }
        }
        for run in &self.runs[1..] {
            let (a, b) = (&first.folder, &run.folder);
            let known = !a.settings.is_empty() && !b.settings.is_empty();
            if known && let Some(difference) = first_difference(&a.settings, &b.settings) {
                return Err(CompareError::Settings {
                    scenario: scenario.clone(),
                    first: a.path.clone(),
                    second: b.path.clone(),
                    difference,
                });
            }
            for ((table, x), (_, y)) in first.tables.iter().zip(&run.tables) {
                if x.ticks != y.ticks {
                    let file = format!("{table}.csv");
                    return Err(CompareError::Ticks {
                        first: a.path.join(&file),
                        first_ticks: output::ticks(&x.ticks),
                        second: b.path.join(&file),
                        second_ticks: output::ticks(&y.ticks),
                    });
                }
            }
        }
        Ok(())
    }

    /// The group's numbers, compared with `base`'s if there is one.
    fn rows(&self, group: usize, base: Option<&Self>) -> Vec<Row> {
        let mut rows = Vec::new();
        for (table, (name, means)) in self.runs[0].tables.iter().enumerate() {
            for population in &means.populations {
                for column in &means.columns {
                    let value = |run: &Run| run.value(table, population, column);
                    let values: Vec<f64> = self.runs.iter().filter_map(value).collect();
                    let difference = |base: &Self| {
                        let pairs = self.runs.iter().filter_map(|run| Some((run, base.with_seed(run.folder.seed)?)));
                        let differences: Vec<f64> =
                            pairs.filter_map(|(run, other)| Some(value(run)? - value(other)?)).collect();
                        Estimate::of(&differences)
                    };
                    rows.push(Row {
                        group,
                        table: name,
                        population: population.clone(),
                        column: column.clone(),
                        estimate: Estimate::of(&values),
                        difference: base.map(difference),
                    });
                }
            }
        }
        rows
    }

    fn with_seed(&self, seed: u64) -> Option<&Run> {
        self.runs.iter().find(|run| run.folder.seed == seed)
    }
}

/// The first line in which two scenarios differ, in both versions.
fn first_difference(a: &[String], b: &[String]) -> Option<String> {
    let end = "(nothing)".to_string();
    let lines = (0..a.len().max(b.len())).map(|i| (a.get(i).unwrap_or(&end), b.get(i).unwrap_or(&end)));
    lines.into_iter().find(|(a, b)| a != b).map(|(a, b)| format!("`{}`, `{}`", a.trim(), b.trim()))
}
