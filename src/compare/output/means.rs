//! A comparison as tables for people.

use super::labels::Labels;
use crate::compare::comparison::{Comparison, Row, some_of};
use crate::compare::group::Group;
use crate::compare::interval::Estimate;
use crate::compare::layout::{Page, Sheet, decimals, mean_and_interval};
use crate::compare::numbers::{EVALUATION, OUTCOMES, STRATEGIES};
use std::collections::BTreeMap;

/// The label of a line with differences.
const MINUS: &str = "− baseline";

/// One table per table of the runs, and per question of an evaluation: a line per population and group, and below it
/// the differences from the baseline.
pub fn page(comparison: &Comparison) -> Page {
    let mut kinds: Vec<(&'static str, &str)> = Vec::new();
    for row in &comparison.rows {
        if !kinds.contains(&(row.key.table, &row.key.question)) {
            kinds.push((row.key.table, &row.key.question));
        }
    }
    // The nearest strategies come after the numbers that they are derived from, and before those of all agents.
    kinds.sort_by_key(|(table, _)| {
        [STRATEGIES, OUTCOMES].iter().position(|known| known == table).map_or(0, |at| at + 1)
    });
    let labels = Labels::of(&comparison.groups);
    let mut page = Page { head: head(comparison), ..Page::default() };
    page.head.extend(compared_with(comparison));
    let (mut is_marked, mut is_short, mut is_alone) = (false, false, false);
    for (table, question) in kinds {
        let rows = comparison.rows.iter().filter(|row| row.key.table == table && row.key.question == question);
        let made = Table::new(comparison, &labels, rows.collect()).sheet(title(table, question));
        is_marked |= made.is_marked;
        is_short |= made.is_short;
        is_alone |= made.is_alone;
        if !made.sheet.lines.is_empty() {
            page.sheets.push(made.sheet);
        }
    }
    page.foot = foot(comparison, [is_marked, is_short, is_alone]);
    page.foot.extend(labels.remarks());
    page
}

/// What the numbers of a table and question are about; empty where their columns say so.
pub(super) fn title(table: &str, question: &str) -> String {
    match table {
        STRATEGIES => "nearest strategy, share of agents".into(),
        OUTCOMES => "all agents together".into(),
        EVALUATION => match question.split('/').collect::<Vec<_>>().as_slice() {
            ["game", game, labels] | ["labels", game, labels] => format!("{game}, {labels} labels"),
            [part, game, special] => format!("{game}, {part}: {special}"),
            _ => question.into(),
        },
        _ => String::new(),
    }
}

/// What the groups are compared with, in words.
pub(super) fn compared_with(comparison: &Comparison) -> Option<String> {
    comparison.baseline.as_ref().map(|baseline| format!("baseline: {baseline}"))
}

/// Seeds and ticks of the groups.
pub(super) fn head(comparison: &Comparison) -> Vec<String> {
    let groups = &comparison.groups;
    let ticks = |group: &Group| match &comparison.suite {
        Some(_) => String::new(),
        None => format!("; {}", shown_ticks(group, comparison.last)),
    };
    let seeds = |group: &Group| {
        let noun = if group.seeds.len() == 1 { "seed" } else { "seeds" };
        format!("{noun} {}", some_of(&group.seeds))
    };
    let about = |group: &Group| format!("{}{}", seeds(group), ticks(group));
    let mut lines: Vec<String> = if groups.len() > 2 && groups.iter().all(|group| about(group) == about(&groups[0])) {
        vec![format!("{} groups, each with {}", groups.len(), about(&groups[0]))]
    } else {
        groups.iter().map(|group| format!("{}: {}", group.label(), about(group))).collect()
    };
    lines.extend(comparison.suite.as_ref().map(|suite| format!("models in the test suite, exact; {suite}")));
    lines
}

fn shown_ticks(group: &Group, last: Option<usize>) -> String {
    let ticks = match group.ticks {
        (first, last) if first == last => format!("tick {last}"),
        (first, last) if last - first + 1 == group.recorded as u64 => format!("ticks {first} to {last}"),
        (first, last) => {
            let times = if group.recorded == 1 { "once".into() } else { format!("{} times", group.recorded) };
            format!("ticks {first} to {last}, recorded {times}")
        }
    };
    let all = group.recorded_in_all;
    match last {
        Some(last) => format!("{ticks} (the last {last} of {all} recorded)"),
        None if all < 20 => format!("{ticks} (the last of {all} recorded)"),
        None => format!("{ticks} (the last tenth of {all} recorded)"),
    }
}

/// How to read the tables.
fn foot(comparison: &Comparison, [is_marked, is_short, is_alone]: [bool; 3]) -> Vec<String> {
    let mut lines = Vec::new();
    let has_base = comparison.groups.iter().any(|group| group.base.is_some());
    if comparison.groups.iter().any(|group| group.seeds.len() > 1) {
        let more = if has_base { ", of a difference of shares at −1 and 1" } else { "" };
        lines.push(format!("mean [95 % interval] over n seeds: Student's t; that of a share is cut at 0 and 1{more}"));
    } else {
        lines.push("one seed each: no intervals".into());
    }
    if has_base {
        lines.push(format!("{MINUS}: mean difference by seed, over the n seeds they share"));
    }
    if is_marked {
        lines.push("*: the interval of the difference excludes 0; with many numbers, one in 20 does by chance".into());
    }
    if is_short {
        lines.push("(n) after a number: the seeds that have it, where others in the line have more".into());
    }
    if is_alone {
        lines.extend(alone(comparison));
    }
    let counted: Vec<&str> = {
        let counted = comparison.rows.iter().filter(|row| row.source.contains("counted"));
        let mut names: Vec<&str> = counted.map(|row| row.key.population.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    if !counted.is_empty() {
        let names = counted.join(", ");
        lines.push(format!(
            "{names}: p_c_* and the nearest strategy are counted from decisions, not read from the policy"
        ));
    }
    lines.extend(comparison.remarks.iter().cloned());
    lines
}

/// Populations that have no counterpart, and groups without a seed in common with their baseline.
fn alone(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (index, group) in comparison.groups.iter().enumerate() {
        let Some(base) = group.base.map(|base| &comparison.groups[base]) else { continue };
        if !group.seeds.iter().any(|seed| base.seeds.contains(seed)) {
            lines.push(format!("no difference for {}: it has no seed in common with its baseline", group.label()));
            continue;
        }
        let of = |wanted: usize| comparison.rows.iter().filter(move |row| row.group == wanted && row.estimate.n > 0);
        let base_index = group.base.unwrap_or_default();
        for (a, b) in [(index, base_index), (base_index, index)] {
            for row in of(a) {
                let name = row.key.population.as_str();
                if !of(b).any(|other| other.key.population == name) && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    if !names.is_empty() {
        lines.push(format!("no difference for {}: not on both sides", names.join(", ")));
    }
    lines
}

/// What becomes of the rows of one table.
struct Made {
    sheet: Sheet,
    /// Whether a difference is marked.
    is_marked: bool,
    /// Whether a number has fewer seeds than others in its line.
    is_short: bool,
    /// Whether a line has no difference although its group has a baseline, or a population has fewer lines than others.
    is_alone: bool,
}

/// The rows of one table, by group, population and column.
struct Table<'a> {
    comparison: &'a Comparison,
    labels: &'a Labels,
    columns: Vec<&'a str>,
    populations: Vec<&'a str>,
    rows: BTreeMap<(usize, &'a str, &'a str), &'a Row>,
    decimals: Vec<usize>,
}

impl<'a> Table<'a> {
    fn new(comparison: &'a Comparison, labels: &'a Labels, rows: Vec<&'a Row>) -> Self {
        let (mut columns, mut populations): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for row in &rows {
            if !columns.contains(&row.key.column.as_str()) {
                columns.push(&row.key.column);
            }
            if !populations.contains(&row.key.population.as_str()) {
                populations.push(&row.key.population);
            }
        }
        let of =
            |column: &str| decimals(rows.iter().filter(|row| row.key.column == column).map(|row| row.estimate.mean));
        let decimals = columns.iter().map(|column| of(column)).collect();
        let rows = rows.into_iter().map(|row| ((row.group, row.key.population.as_str(), row.key.column.as_str()), row));
        Self { comparison, labels, columns, populations, rows: rows.collect(), decimals }
    }

    fn sheet(&self, title: String) -> Made {
        let of_populations = self.populations.iter().any(|name| !name.is_empty());
        let groups = self.labels.heads();
        let mut words: Vec<String> = of_populations.then(|| "population".to_string()).into_iter().collect();
        words.extend(groups.iter().cloned());
        if words.is_empty() {
            words.push("agents".into());
        }
        let sheet = Sheet {
            title,
            words: words.len(),
            fixed: words.len() + 1,
            heads: words
                .into_iter()
                .chain(["n".into()])
                .chain(self.columns.iter().map(|name| name.to_string()))
                .collect(),
            lines: Vec::new(),
        };
        let mut made = Made { sheet, is_marked: false, is_short: false, is_alone: false };
        for population in &self.populations {
            let mut lines_before = made.sheet.lines.len();
            for (index, group) in self.comparison.groups.iter().enumerate() {
                let rows: Vec<Option<&Row>> =
                    self.columns.iter().map(|column| self.rows.get(&(index, *population, *column)).copied()).collect();
                let none = Estimate::of(&[]);
                let means: Vec<Estimate> = rows.iter().map(|row| row.map_or(none, |row| row.estimate)).collect();
                if means.iter().all(|mean| mean.n == 0) {
                    made.is_alone |= self.comparison.groups.len() > 1;
                    continue;
                }
                let is_first = std::mem::replace(&mut lines_before, usize::MAX) != usize::MAX;
                let name = if is_first { population } else { "" };
                let mut names: Vec<String> = of_populations.then(|| name.to_string()).into_iter().collect();
                names.extend(self.labels.cells(group));
                if names.is_empty() {
                    names.push("all".into());
                }
                let line = self.line(names, &means, &rows, false, &mut made);
                made.sheet.lines.push(line);
                let differences: Vec<Estimate> =
                    rows.iter().map(|row| row.and_then(|row| row.difference).unwrap_or(none)).collect();
                if differences.iter().any(|difference| difference.n > 0) {
                    let mut names = vec![String::new(); made.sheet.words];
                    names[usize::from(of_populations)] = MINUS.into();
                    let line = self.line(names, &differences, &rows, true, &mut made);
                    made.sheet.lines.push(line);
                } else {
                    made.is_alone |= group.base.is_some();
                }
            }
        }
        made.sheet.align_marks();
        made
    }

    fn line(
        &self,
        mut cells: Vec<String>,
        estimates: &[Estimate],
        rows: &[Option<&Row>],
        is_difference: bool,
        made: &mut Made,
    ) -> Vec<String> {
        let n = estimates.iter().map(|estimate| estimate.n).max().unwrap_or(0);
        cells.push(n.to_string());
        for ((estimate, row), &decimals) in estimates.iter().zip(rows).zip(&self.decimals) {
            let bounds = row.map_or([0.0, 0.0], |row| row.key.bounds());
            let bounds = if is_difference { [bounds[0] - bounds[1], bounds[1] - bounds[0]] } else { bounds };
            let mut cell = mean_and_interval(estimate, bounds, decimals, is_difference);
            if is_difference && estimate.leaves_out_zero() {
                cell.push('*');
                made.is_marked = true;
            }
            if estimate.n > 0 && estimate.n < n {
                cell += &format!(" ({})", estimate.n);
                made.is_short = true;
            }
            cells.push(cell);
        }
        cells
    }
}
