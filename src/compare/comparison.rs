//! Numbers of groups over their seeds, and differences from a baseline, seed by seed.

use super::group::{Group, Run, described, gather};
use super::interval::{Estimate, difference};
use super::numbers::{EVALUATION, EVOLUTION, Key, Numbers, OUTCOMES, STRATEGIES, population_name};
use super::table::Window;
use super::{CompareError, baseline, evaluated, table};
use crate::text::{did_you_mean_or_stop, nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Number of recorded ticks to average over, from the end; `None`: a tenth of them, at least one.
    pub last: Option<usize>,
    /// The group that others are compared with, by its scenario, its factors, or both; `None`: the first.
    pub baseline: Option<String>,
    /// Compares what `sim evaluate` measured in place of what the runs recorded.
    pub evaluation: bool,
}

/// One number of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Index of the group.
    pub group: usize,
    /// What it is about.
    pub key: Key,
    /// For numbers from a policy's probabilities: `exact`, `exact_at_end`, `counted`, or several of them; empty for
    /// others.
    pub source: String,
    /// The estimate over the group's seeds.
    pub estimate: Estimate,
    /// This group minus its base, over the seeds that both have; `None` without a base.
    pub difference: Option<Estimate>,
}

/// Groups and their numbers, groups in the order given, then tables, populations and columns in the order of the files.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The groups.
    pub groups: Vec<Group>,
    /// What they are compared with, in words; `None` for one group alone.
    pub baseline: Option<String>,
    /// The number of ticks that was asked for.
    pub last: Option<usize>,
    /// How the models were evaluated, if an evaluation is compared.
    pub suite: Option<String>,
    /// The numbers.
    pub rows: Vec<Row>,
    /// What a reader of the numbers should know besides.
    pub remarks: Vec<String>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// The columns that keep a table for people readable: a handful of those that each table has.
const READABLE: [(&str, &str); 15] = [
    (EVOLUTION, "cooperation_rate"),
    (EVOLUTION, "illegal_rate"),
    (EVOLUTION, "payoff_mean"),
    (EVOLUTION, "regret_deontological"),
    (EVOLUTION, "regret_utilitarian"),
    (OUTCOMES, "cooperation_rate"),
    (OUTCOMES, "collective_payoff"),
    (OUTCOMES, "equality"),
    (OUTCOMES, "gini"),
    (OUTCOMES, "min_payoff"),
    (EVALUATION, "cooperation"),
    (EVALUATION, "illegal"),
    (EVALUATION, "payoff"),
    (EVALUATION, "fine_deontological"),
    (EVALUATION, "shortfall_utilitarian"),
];
/// Shares of illegal decisions, left out where they are 0 everywhere.
const ILLEGAL: [&str; 2] = ["illegal_rate", "illegal"];
/// The questions of an evaluation that keep a table for people readable begin with this.
const READABLE_PART: &str = "game/";

impl Comparison {
    /// Keeps what people want to see: a handful of columns, those of plugins, which `is_built_in` does not know, and
    /// the nearest strategies.
    pub fn select_readable(&mut self, is_built_in: impl Fn(&str) -> bool) {
        self.remarks.extend(self.missing_games());
        self.rows.retain(|row| {
            let Key { table, question, column, .. } = &row.key;
            match *table {
                STRATEGIES => true,
                EVALUATION => question.starts_with(READABLE_PART) && READABLE.contains(&(EVALUATION, column.as_str())),
                table => READABLE.contains(&(table, column.as_str())) || !is_built_in(column),
            }
        });
        let is_illegal = |row: &Row| ILLEGAL.contains(&row.key.column.as_str());
        let mut illegal = self.rows.iter().filter(|row| is_illegal(row)).peekable();
        if illegal.peek().is_some() && illegal.all(|row| row.estimate.n == 0 || row.estimate.mean == 0.0) {
            self.rows.retain(|row| !is_illegal(row));
            self.remarks.push("no decision was illegal".into());
        }
    }

    /// What to do where an evaluation lacks the questions that [`select_readable`](Self::select_readable) keeps.
    fn missing_games(&self) -> Option<String> {
        let questions =
            || self.rows.iter().filter(|row| row.key.table == EVALUATION).map(|row| row.key.question.as_str());
        if questions().next().is_none() || questions().any(|question| question.starts_with(READABLE_PART)) {
            return None;
        }
        let parts: BTreeSet<&str> = questions().filter_map(|question| question.split('/').next()).collect();
        let parts = parts.into_iter().collect::<Vec<_>>().join(", ");
        Some(format!(
            "the games under new labels were not asked, so there is nothing to show here: the evaluation has the parts \
             {parts} alone. `sim evaluate --force` asks everything; --columns cooperation shows what there is"
        ))
    }

    /// Keeps the columns in `names`; `nearest_strategy` stands for the shares of all strategies.
    ///
    /// # Errors
    /// If no table has such a column.
    pub fn select(&mut self, names: &[String]) -> Result<(), CompareError> {
        fn name(row: &Row) -> &str {
            if row.key.table == STRATEGIES { STRATEGIES } else { &row.key.column }
        }
        let mut known: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !known.contains(&name(row)) {
                known.push(name(row));
            }
        }
        if let Some(wanted) = names.iter().find(|wanted| !known.contains(&wanted.as_str())) {
            return Err(unknown_column(wanted, &known));
        }
        self.rows.retain(|row| names.iter().any(|wanted| wanted == name(row)));
        Ok(())
    }

    /// Keeps the numbers of the populations in `names`; `all agents` stands for all of them together.
    ///
    /// # Errors
    /// If no number is about such a population.
    pub fn keep_populations(&mut self, names: &[String]) -> Result<(), CompareError> {
        let is_kept = kept(names, self.rows.iter().map(|row| row.key.population.as_str()))?;
        self.rows.retain(|row| is_kept.contains(&row.key.population));
        Ok(())
    }

    /// Keeps the games of an evaluation, if any were asked, of all its questions.
    pub fn keep_games(&mut self) {
        let is_game = |row: &Row| row.key.question.starts_with(READABLE_PART);
        if self.rows.iter().any(is_game) {
            self.rows.retain(is_game);
        }
    }
}

/// The `populations`, each once, whose names for people are in `wanted`.
pub(super) fn kept<'a>(
    wanted: &[String],
    populations: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<String>, CompareError> {
    let mut known: Vec<&str> = Vec::new();
    for population in populations {
        if !known.contains(&population) {
            known.push(population);
        }
    }
    let names: Vec<&str> = known.iter().map(|population| population_name(population)).collect();
    if let Some(name) = wanted.iter().find(|name| !names.contains(&name.as_str())) {
        let hint = did_you_mean_or_stop(nearest(name, names.iter().copied()));
        let known = names.into_iter().map(String::from).collect();
        return Err(CompareError::UnknownPopulation { name: name.clone(), hint, known });
    }
    let is_kept = |population: &&str| wanted.iter().any(|name| name == population_name(population));
    Ok(known.into_iter().filter(is_kept).map(String::from).collect())
}

pub(super) fn unknown_column(wanted: &str, known: &[&str]) -> CompareError {
    let hint = did_you_mean_or_stop(nearest(wanted, known.iter().copied()));
    let known = known.iter().map(|name| name.to_string()).collect();
    CompareError::UnknownColumn { name: wanted.into(), hint, known }
}

/// Reads the runs in `folders`, each a run's folder or a folder of such folders, and compares them. Runs that are not
/// done or cannot be read are left out, as the notes say.
///
/// # Errors
/// If a folder holds no run, if no run is left, if runs of one group do not belong together, or if the baseline is no
/// group.
pub fn compare(folders: &[PathBuf], options: &Options) -> Result<Comparison, CompareError> {
    let mut notes = Vec::new();
    let mut suite: Option<(PathBuf, String)> = None;
    let read = |folder: &Path| -> Result<(Numbers, [Window; 2]), CompareError> {
        if !options.evaluation {
            return table::read(folder, options.last);
        }
        let (numbers, found) = evaluated::read(folder)?;
        let (first, expected) = suite.get_or_insert_with(|| (folder.to_path_buf(), found.clone()));
        if *expected != found {
            let (first, expected) = (first.clone(), expected.clone());
            return Err(CompareError::OtherSuite { path: folder.to_path_buf(), found, first, expected });
        }
        Ok((numbers, Default::default()))
    };
    let mut gathered = gather(folders, &mut notes, read)?;
    let mut groups = Vec::new();
    for runs in &gathered {
        let mut group = described(runs);
        let window = same_ticks(runs)?;
        group.ticks = (window.first_covered, window.ticks.last().copied().unwrap_or_default());
        group.recorded = window.ticks.len();
        group.recorded_in_all = window.recorded;
        groups.push(group);
    }
    let baseline = baseline::choose(&mut groups, options.baseline.as_deref())?;
    complete_strategies(&mut gathered);
    let rows = groups
        .iter()
        .enumerate()
        .flat_map(|(index, group)| rows(index, &gathered[index], group.base.map(|base| gathered[base].as_slice())));
    let rows = rows.collect();
    Ok(Comparison {
        groups,
        baseline,
        last: options.last,
        suite: suite.map(|(_, suite)| suite),
        rows,
        remarks: Vec::new(),
        notes,
    })
}

type ReadRun = Run<(Numbers, [Window; 2])>;

/// The ticks of the first table, if they are the same in all runs, as are those of the second.
fn same_ticks(runs: &[ReadRun]) -> Result<&Window, CompareError> {
    let first = &runs[0];
    for run in &runs[1..] {
        if let Some((x, y)) = first.data.1.iter().zip(&run.data.1).find(|(x, y)| x.ticks != y.ticks) {
            return Err(CompareError::Ticks {
                first: first.folder.path.clone(),
                first_ticks: some_of(&x.ticks),
                second: run.folder.path.clone(),
                second_ticks: some_of(&y.ticks),
            });
        }
    }
    Ok(&first.data.1[0])
}

/// Numbers as a sentence lists them: all of a few, the first and last of many.
pub(super) fn some_of(numbers: &[u64]) -> String {
    match numbers {
        [first, .., last] if numbers.len() > 6 => format!("{first} to {last} ({} of them)", numbers.len()),
        few => few.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// Gives all runs shares of the same strategies, the most common first.
fn complete_strategies(groups: &mut [Vec<ReadRun>]) {
    let mut totals: BTreeMap<String, f64> = BTreeMap::new();
    for run in groups.iter().flatten() {
        let numbers = &run.data.0;
        for key in numbers.keys.iter().filter(|key| key.table == STRATEGIES) {
            *totals.entry(key.column.clone()).or_default() += numbers.value(key).unwrap_or(0.0);
        }
    }
    let mut names: Vec<(String, f64)> = totals.into_iter().collect();
    names.sort_by(|a, b| b.1.total_cmp(&a.1));
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    groups.iter_mut().flatten().for_each(|run| run.data.0.complete_strategies(&names));
}

/// The numbers of a group, compared with those of `base` if there is one.
fn rows(group: usize, runs: &[ReadRun], base: Option<&[ReadRun]>) -> Vec<Row> {
    let mut seen: BTreeSet<&Key> = BTreeSet::new();
    let keys = runs.iter().flat_map(|run| &run.data.0.keys).filter(|key| seen.insert(key));
    let row = |key: &Key| {
        let values: Vec<f64> = runs.iter().filter_map(|run| run.data.0.value(key)).collect();
        let difference = |base: &[ReadRun]| {
            let pairs = runs.iter().filter_map(|run| {
                let other = base.iter().find(|other| other.folder.seed == run.folder.seed)?;
                Some(difference(run.data.0.value(key)?, other.data.0.value(key)?))
            });
            Estimate::of(&pairs.collect::<Vec<_>>())
        };
        Row {
            group,
            source: if key.is_read_out() { source(runs, &key.population) } else { String::new() },
            estimate: Estimate::of(&values),
            difference: base.map(difference),
            key: key.clone(),
        }
    };
    keys.map(row).collect()
}

/// Where the probabilities of a population come from.
fn source(runs: &[ReadRun], population: &str) -> String {
    let all: BTreeSet<&str> =
        runs.iter().filter_map(|run| run.data.0.sources.get(population)).flatten().map(String::as_str).collect();
    all.into_iter().collect::<Vec<_>>().join(" and ")
}
