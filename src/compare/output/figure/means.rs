//! Means along what was varied, as a figure.

use super::along::{Along, POPULATION, SCENARIO};
use super::axis::{Axis, Places};
use super::parts::{Dot, Figure, Line, Panel};
use crate::compare::CompareError;
use crate::compare::comparison::{Comparison, Row};
use crate::compare::group::Group;
use crate::compare::interval::Estimate;
use crate::compare::numbers::{STRATEGIES, population_name};
use crate::compare::output::labels::Labels;
use crate::compare::output::means::{compared_with, head, title};
use std::collections::BTreeMap;

/// How to read a figure of means.
const HOW: &str = "Points are means over seeds; bars are their 95 % intervals, where there are two seeds or more. \
                   Lines that have points at one place are drawn side by side.";

/// What a figure of means shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What lies on the x axis: a factor, by its path or the end of it, `scenario` or `population`; `None`: the factor
    /// with most values.
    pub along: Option<String>,
    /// Shows the differences from the baseline in place of the means.
    pub differences: bool,
}

/// One panel per column, and per question of an evaluation, with a line per population and what else tells groups
/// apart.
///
/// # Errors
/// If nothing that differs between groups is called as `choice` says, if there is nothing to draw, or if it is more
/// than readers tell apart.
pub fn figure(comparison: &Comparison, choice: &Choice) -> Result<Figure, CompareError> {
    let numbers = Numbers::of(comparison, choice)?;
    let mut kinds: Vec<(&str, &str)> = Vec::new();
    for (row, _) in &numbers.drawn {
        add(&mut kinds, kind(row));
    }
    let panels: Vec<Panel> = kinds.iter().map(|kind| numbers.panel(*kind)).collect::<Result<_, _>>()?;
    let mut columns: Vec<&str> = Vec::new();
    for panel in &panels {
        add(&mut columns, &panel.y.title);
    }
    let title = format!("{} by {}", columns.join(", "), numbers.x_title);
    let baseline = compared_with(comparison).filter(|_| choice.differences);
    let description = [HOW.to_string()].into_iter().chain(head(comparison)).chain(baseline);
    let description = description.collect::<Vec<_>>().join("\n");
    Figure { title, description, panels }.checked()
}

/// The numbers that are drawn, and what they are called.
struct Numbers<'a> {
    groups: &'a [Group],
    is_difference: bool,
    along: Along,
    x_title: String,
    /// What tells the lines of a population apart.
    labels: Labels,
    /// The rows that have a number.
    drawn: Vec<(&'a Row, Estimate)>,
    /// The populations, in the order of the rows.
    populations: Vec<&'a str>,
    /// What lies on the x axis, in the order of the rows.
    values: Vec<String>,
}

impl<'a> Numbers<'a> {
    fn of(comparison: &'a Comparison, choice: &Choice) -> Result<Self, CompareError> {
        let groups = comparison.groups.as_slice();
        let along = Along::of(groups, choice.along.as_deref())?;
        let labels = Labels::of(groups);
        let x_title = match &along {
            Along::Factor(name) => labels.short(name).to_string(),
            Along::Scenario => SCENARIO.into(),
            Along::Population => POPULATION.into(),
        };
        let labels = labels.without(&along.settled(groups), along == Along::Scenario);
        let is_difference = choice.differences;
        let estimate = |row: &Row| if is_difference { row.difference } else { Some(row.estimate) };
        let shown = |row: &'a Row| Some((row, estimate(row).filter(|it| it.n > 0 && !it.mean.is_nan())?));
        let drawn: Vec<_> = comparison.rows.iter().filter_map(shown).collect();
        let mut numbers =
            Self { groups, is_difference, along, x_title, labels, drawn, populations: Vec::new(), values: Vec::new() };
        for (row, _) in &numbers.drawn {
            let population = population_name(&row.key.population);
            add(&mut numbers.populations, population);
            add(&mut numbers.values, numbers.along.value(&groups[row.group], population).to_string());
        }
        Ok(numbers)
    }

    /// The panel of a question and column: lines in the order of populations, then of groups, then of strategies.
    fn panel(&self, of: (&str, &str)) -> Result<Panel, CompareError> {
        let rows: Vec<&(&Row, Estimate)> = self.drawn.iter().filter(|(row, _)| kind(row) == of).collect();
        let places = Places::new(&self.x_title, &self.values, 1)?;
        let mut lines: BTreeMap<[usize; 3], Line> = BTreeMap::new();
        let (mut names, mut strategies): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
        let mut ends: Vec<f64> = if self.is_difference { vec![0.0] } else { Vec::new() };
        for (row, estimate) in rows.iter().copied() {
            let group = &self.groups[row.group];
            let population = population_name(&row.key.population);
            let strategy = if row.key.table == STRATEGIES { row.key.column.as_str() } else { "" };
            let [low, high] = estimate.interval(self.bounds(row));
            ends.extend([estimate.mean, low, high].into_iter().filter(|number| !number.is_nan()));
            let first = self.populations.iter().position(|known| *known == population).filter(|_| !self.is_on_axis());
            let key = [first.unwrap_or(0), add(&mut names, self.labels.name(group)), add(&mut strategies, strategy)];
            let line = || Line { name: self.name(group, population, strategy), style: 0, points: Vec::new() };
            let x = places.place(self.along.value(group, population)).unwrap_or_default();
            lines.entry(key).or_insert_with(line).points.push(Dot::new(x, estimate.mean, [low, high]));
        }
        let mut lines: Vec<Line> = lines.into_values().collect();
        lines.iter_mut().for_each(|line| line.points.sort_by(|a, b| a.x.total_cmp(&b.x)));
        let (question, column) = of;
        let first = rows[0].0;
        let y_title = if self.is_difference { format!("{column} − baseline") } else { column.to_string() };
        Ok(Panel {
            caption: if question.is_empty() { String::new() } else { title(first.key.table, question) },
            x: Places::new(&self.x_title, &self.values, lines.len())?.axis,
            y: Axis::of_measure(&y_title, &ends, self.bounds(first))?,
            lines,
            boxes: Vec::new(),
            is_band: false,
        })
    }

    /// Whether populations are what lies on the x axis.
    fn is_on_axis(&self) -> bool {
        self.along == Along::Population
    }

    /// The smallest and the largest number there can be.
    fn bounds(&self, row: &Row) -> [f64; 2] {
        let [low, high] = row.key.bounds();
        if self.is_difference { [low - high, high - low] } else { [low, high] }
    }

    /// Names a line by what tells it apart.
    fn name(&self, group: &Group, population: &str, strategy: &str) -> String {
        let group = self.labels.name(group);
        let is_needed = self.populations.len() > 1 || (group.is_empty() && strategy.is_empty());
        let population = if is_needed && !self.is_on_axis() { population } else { "" };
        let parts = [population, &group, strategy].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" ")
    }
}

/// What tells panels apart: the question and the column.
fn kind(row: &Row) -> (&str, &str) {
    if row.key.table == STRATEGIES { ("", STRATEGIES) } else { (&row.key.question, &row.key.column) }
}

/// Adds what is not there yet, and returns where it is.
fn add<T: PartialEq>(known: &mut Vec<T>, item: T) -> usize {
    known.iter().position(|other| *other == item).unwrap_or_else(|| {
        known.push(item);
        known.len() - 1
    })
}
