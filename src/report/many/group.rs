//! Runs of one scenario, and of one combination of what was varied, taken together.

use super::find::Found;
use crate::compare::{AtEnd, Estimate, at_end, difference_of_settings};
use crate::files::{EVOLUTION_TABLE, NOT_NUMBERS, OUTCOMES_TABLE};
use crate::report::ReportError;
use crate::report::evolution::{Drawn, Evolution};
use crate::report::run::Words;
use crate::report::society::Society;
use crate::report::ticks::Axis;

/// The columns of agents that are drawn, besides those of plugins.
const AGENTS: [&str; 12] = [
    "cooperation_rate",
    "payoff_mean",
    "reward_mean",
    "p_c_start",
    "p_c_cc",
    "p_c_cd",
    "p_c_dc",
    "p_c_dd",
    "regret_deontological",
    "regret_utilitarian",
    "illegal_rate",
    "entropy",
];
/// Those of all agents together.
const TOGETHER: [&str; 5] = ["cooperation_rate", "collective_payoff", "equality", "gini", "min_payoff"];
/// The most columns of plugins, per table.
const ADDED_MAX: usize = 10;
/// The most groups, and populations of a group.
pub(crate) const GROUPS_MAX: usize = 32;
const POPULATIONS_MAX: usize = 16;
/// The most numbers of all curves: mean and both ends of the interval.
const NUMBERS_MAX: usize = 300_000;

/// All groups.
pub(crate) struct Runs {
    /// In order of appearance; the first is what the others are compared with.
    pub groups: Vec<Group>,
    /// What things mean.
    pub words: Words,
}

/// The runs of one group.
pub(crate) struct Group {
    /// Name of the scenario.
    pub scenario: String,
    /// The same, and the values that were varied.
    pub label: String,
    /// The seeds, ascending.
    pub seeds: Vec<u64>,
    /// What each point covers.
    pub axis: Axis,
    /// First and last of the ticks at the end: the last tenth of those that are recorded, as `sim compare` has it.
    pub end: [u64; 2],
    /// A curve per population and column.
    pub curves: Vec<Curve>,
}

/// What a curve is about: a population, empty for all agents together, and a column.
pub(crate) type Cell = (String, String);

/// Means over seeds at every point.
pub(crate) struct Curve {
    /// What it is about.
    pub cell: Cell,
    /// By point.
    pub estimates: Vec<Estimate>,
    /// The value of each seed at the end: the mean over the ticks of the group's `end`.
    pub last: Vec<f64>,
}

/// One run's curves.
struct Single {
    axis: Axis,
    end: AtEnd,
    curves: Vec<(Cell, Vec<f64>)>,
    /// A sentence for whatever there is no room for.
    left_out: Vec<String>,
}

impl Runs {
    /// Reads `found`, group by group.
    pub(super) fn read(found: Vec<Found>, notes: &mut Vec<String>, words: Words) -> Result<Self, ReportError> {
        let mut sorted: Vec<(String, Vec<Found>)> = Vec::new();
        for run in found {
            match sorted.iter_mut().find(|(label, _)| *label == run.label) {
                Some((_, runs)) => runs.push(run),
                None => sorted.push((run.label.clone(), vec![run])),
            }
        }
        for (label, _) in sorted.iter().skip(GROUPS_MAX) {
            notes.push(format!("{label} is left out: a page holds {GROUPS_MAX} groups"));
        }
        sorted.truncate(GROUPS_MAX);
        let share = NUMBERS_MAX / 3 / sorted.len().max(1);
        let mut groups = Vec::new();
        for (label, mut runs) in sorted {
            runs.sort_by_key(|run| run.seed);
            groups.push(Group::read(label, &runs, share, notes, words)?);
        }
        Ok(Self { groups, words })
    }
}

/// Why `run` cannot be taken together with `kept`, of the same name, in a sentence; `None` if it can.
fn other_settings(kept: &Found, run: &Found) -> Option<String> {
    match difference_of_settings(&kept.path, &run.path) {
        Ok(None) => None,
        Ok(Some(difference)) => Some(format!(
            "it is called `{}`, as {} is, but differs from it in more than the seed: {difference}. Run one of them again \
             with --set name=…",
            run.label,
            kept.path.display()
        )),
        Err(error) => Some(error.to_string()),
    }
}

impl Group {
    /// Reads `runs`, which are in order of their seeds.
    fn read(
        label: String,
        runs: &[Found],
        share: usize,
        notes: &mut Vec<String>,
        words: Words,
    ) -> Result<Self, ReportError> {
        let scenario = runs.first().map_or_else(String::new, |run| run.scenario.clone());
        let mut group =
            Self { scenario, label, seeds: Vec::new(), axis: Axis::default(), end: [0; 2], curves: Vec::new() };
        let mut all: Vec<Single> = Vec::new();
        let mut kept: Option<&Found> = None;
        for run in runs {
            if let Some(kept) = kept
                && let Some(problem) = other_settings(kept, run)
            {
                notes.push(format!("{} is left out: {problem}", run.path.display()));
                continue;
            }
            if group.seeds.last() == Some(&run.seed) {
                notes.push(format!("{} is left out: seed {} already exists", run.path.display(), run.seed));
                continue;
            }
            let single = single(run, share, words)?;
            if all.first().is_some_and(|first| first.axis != single.axis) {
                notes.push(format!("{} is left out: its ticks differ from those of other seeds", run.path.display()));
                continue;
            }
            group.seeds.push(run.seed);
            all.push(single);
            kept = kept.or(Some(run));
        }
        let Some(first) = all.first() else { return Ok(group) };
        group.axis = first.axis.clone();
        group.end = first.end.ticks;
        notes.extend(first.left_out.iter().map(|what| format!("{}: {what}", group.label)));
        for (cell, values) in &first.curves {
            let of_seeds: Vec<Option<&Vec<f64>>> = all.iter().map(|single| single.find(cell)).collect();
            let at = |point: usize| -> Vec<f64> {
                of_seeds
                    .iter()
                    .map(|values| values.and_then(|all| all.get(point)).copied().unwrap_or(f64::NAN))
                    .collect()
            };
            let estimate = |point: usize| {
                let there: Vec<f64> = at(point).into_iter().filter(|value| value.is_finite()).collect();
                Estimate::of(&there)
            };
            let estimates: Vec<Estimate> = (0..values.len()).map(estimate).collect();
            if estimates.iter().any(|estimate| estimate.n > 0) {
                let (population, column) = cell;
                let last = all.iter().map(|single| single.end.value(population, column).unwrap_or(f64::NAN)).collect();
                group.curves.push(Curve { cell: cell.clone(), estimates, last });
            }
        }
        Ok(group)
    }

    /// The curve about `cell`.
    pub(crate) fn find(&self, cell: &Cell) -> Option<&Curve> {
        self.curves.iter().find(|curve| curve.cell == *cell)
    }
}

impl Single {
    fn find(&self, cell: &Cell) -> Option<&Vec<f64>> {
        self.curves.iter().find(|(known, _)| known == cell).map(|(_, values)| values)
    }
}

/// The columns of `heads` that are drawn.
fn chosen(heads: &[String], usual: &[&str], is_added: impl Fn(&str) -> bool) -> Drawn {
    let usual_ones = usual.iter().filter(|name| heads.iter().any(|head| head == *name)).map(|&name| name.to_owned());
    let added = || heads.iter().filter(|head| is_added(head) && !NOT_NUMBERS.contains(&head.as_str()));
    Drawn {
        columns: usual_ones.chain(added().take(ADDED_MAX).cloned()).collect(),
        left_out: added().count().saturating_sub(ADDED_MAX),
    }
}

/// Reads one run, with at most about `numbers` numbers.
fn single(run: &Found, numbers: usize, words: Words) -> Result<Single, ReportError> {
    let is_added = |table: &'static str| move |column: &str| (words.meaning)(table, column).is_none();
    let choose = |heads: &[String]| chosen(heads, &AGENTS, is_added(EVOLUTION_TABLE));
    let evolution = Evolution::read_columns(&run.path.join(EVOLUTION_TABLE), choose, numbers, 0)?;
    let society = Society::read(&run.path.join(OUTCOMES_TABLE), is_added(OUTCOMES_TABLE), evolution.ticks.per_point)?;
    let points = evolution.ticks.points();
    let mut curves = Vec::new();
    for population in evolution.populations.iter().take(POPULATIONS_MAX) {
        for (column, series) in evolution.drawn.columns.iter().zip(&population.means) {
            curves.push(((population.name.clone(), column.clone()), series.means(points)));
        }
    }
    let together = chosen(&society.drawn.columns, &TOGETHER, is_added(OUTCOMES_TABLE));
    for (column, series) in society.drawn.columns.iter().zip(&society.series) {
        if together.columns.contains(column) {
            curves.push(((String::new(), column.clone()), series.means(points)));
        }
    }
    let mut left_out = Vec::new();
    if evolution.populations_all > POPULATIONS_MAX {
        let all = evolution.populations_all;
        left_out.push(format!("a page about many runs holds the first {POPULATIONS_MAX} of its {all} populations"));
    }
    let added = society.drawn.left_out + together.left_out;
    for (table, added) in [(EVOLUTION_TABLE, evolution.drawn.left_out), (OUTCOMES_TABLE, added)] {
        if added > 0 {
            left_out.push(format!(
                "a page about many runs holds the first {ADDED_MAX} columns of plugins of {table}; {added} are left out"
            ));
        }
    }
    let path = run.path.clone();
    let end = at_end(&run.path).map_err(|error| ReportError::NotATable { path, problem: error.to_string() })?;
    Ok(Single { axis: evolution.axis, end, curves, left_out })
}
