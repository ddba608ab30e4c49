//! The part of a table that a page can hold: curves with a bounded number of points, and a bounded number of agents of
//! the last tick.

use super::ReportError;
use super::table::{Row, Table};
use std::path::Path;

/// The most points of a curve. A page is a few hundred pixels wide; more would only make it large.
pub(super) const POINTS_MAX: usize = 500;
/// The most rows of the table of agents.
pub(super) const AGENTS_MAX: usize = 200;

/// The ticks of a table, in order of its rows.
#[derive(Clone, Debug)]
pub(super) struct Ticks {
    /// Number of rows seen, so that a second reading of a run in progress ends where the first did.
    rows: u64,
    /// Number of ticks that have rows.
    count: usize,
    /// The last of them.
    pub(super) last: u64,
    /// Number of ticks that share a point of a curve, which is their mean.
    pub(super) per_point: usize,
}

impl Ticks {
    /// The ticks of the table at `path`.
    pub(super) fn read(path: &Path) -> Result<Self, ReportError> {
        let (mut count, mut last) = (0, None);
        let rows = Table::open(path)?.each(u64::MAX, |row| {
            if last != Some(row.tick()) {
                last = Some(row.tick());
                count += 1;
            }
        })?;
        Ok(Self { rows, count, last: last.unwrap_or(0), per_point: count.div_ceil(POINTS_MAX).max(1) })
    }

    /// Calls `see` with every row and the number of its tick.
    pub(super) fn each(&self, path: &Path, mut see: impl FnMut(usize, &Row)) -> Result<(), ReportError> {
        let (mut number, mut current) = (0, None);
        Table::open(path)?.each(self.rows, |row| {
            if current.is_some_and(|tick| tick != row.tick()) {
                number += 1;
            }
            current = Some(row.tick());
            see(number, row);
        })?;
        Ok(())
    }
}

/// The means of a column by tick, or by several ticks.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    points: Vec<Point>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Point {
    /// The last tick with a row.
    tick: Option<u64>,
    sum: f64,
    values: f64,
}

impl Series {
    /// Adds a value at `tick` to a point; NaN means that there is no value.
    pub(super) fn add(&mut self, point: usize, tick: u64, value: f64) {
        if self.points.len() <= point {
            self.points.resize(point + 1, Point::default());
        }
        let point = &mut self.points[point];
        point.tick = Some(tick);
        if value.is_finite() {
            point.sum += value;
            point.values += 1.0;
        }
    }

    /// (tick, mean), in order of ticks; NaN if there is no value.
    pub(super) fn means(&self) -> Vec<(f64, f64)> {
        self.points.iter().filter_map(|point| Some((point.tick? as f64, point.sum / point.values))).collect()
    }
}

/// A population's curves, column by column.
#[derive(Clone, Debug)]
pub(super) struct PopulationSeries {
    /// Its name.
    pub(super) name: String,
    /// One series per column.
    pub(super) columns: Vec<Series>,
    /// Whether any member's policy has probabilities that change.
    pub(super) learns: bool,
    /// Whether its probabilities are counted from decisions instead of read from the policy.
    pub(super) is_counted: bool,
    /// Number of members in the last tick.
    members: usize,
}

/// The table of agents.
#[derive(Clone, Debug)]
pub(super) struct Evolution {
    /// The ticks of the table.
    pub(super) ticks: Ticks,
    /// Names of the columns with curves.
    pub(super) columns: Vec<String>,
    /// The populations, in the order of the table.
    pub(super) populations: Vec<PopulationSeries>,
    /// Rows of the last tick as text by column, as many of each population as there is room for.
    pub(super) agents: Vec<Vec<String>>,
    /// Number of agents in all.
    pub(super) agents_all: usize,
}

impl Evolution {
    /// Reads the table at `path`: the curves of `columns`, and the columns `shown` of the last tick's agents.
    pub(super) fn read(path: &Path, columns: Vec<String>, shown: &[&str]) -> Result<Self, ReportError> {
        let ticks = Ticks::read(path)?;
        let (populations, agents) = (Vec::new(), Vec::new());
        let mut evolution = Self { ticks: ticks.clone(), columns, populations, agents, agents_all: 0 };
        // Indexed by place in the tick: agents come in the same order in every tick.
        let mut first: Vec<f64> = Vec::new();
        let (mut place, mut current) = (0, 0);
        let mut last: Vec<(usize, Vec<String>)> = Vec::new();
        ticks.each(path, |number, row| {
            place = if number == current { place } else { 0 };
            current = number;
            let population = evolution.of(row.text("population"));
            let series = &mut evolution.populations[population];
            for (series, column) in series.columns.iter_mut().zip(&evolution.columns) {
                series.add(number / ticks.per_point, row.tick(), row.number(column));
            }
            series.is_counted |= row.text("p_c_source") == "counted";
            let now = row.number("p_c_cc");
            match first.get(place) {
                None => first.push(now),
                Some(then) => series.learns |= *then != now && !(then.is_nan() && now.is_nan()),
            }
            place += 1;
            if number + 1 == ticks.count {
                series.members += 1;
                if series.members <= AGENTS_MAX {
                    last.push((population, shown.iter().map(|column| row.text(column).to_string()).collect()));
                }
            }
        })?;
        evolution.keep(last);
        Ok(evolution)
    }

    /// The index of a population, which is added at its first row.
    fn of(&mut self, name: &str) -> usize {
        let known = self.populations.iter().position(|population| population.name == name);
        known.unwrap_or_else(|| {
            let columns = vec![Series::default(); self.columns.len()];
            self.populations.push(PopulationSeries {
                name: name.to_string(),
                columns,
                learns: false,
                is_counted: false,
                members: 0,
            });
            self.populations.len() - 1
        })
    }

    /// Keeps as many rows of each population as there is room for.
    fn keep(&mut self, last: Vec<(usize, Vec<String>)>) {
        self.agents_all = self.populations.iter().map(|population| population.members).sum();
        let room = if self.agents_all <= AGENTS_MAX { AGENTS_MAX } else { AGENTS_MAX / self.populations.len().max(1) };
        let mut kept = vec![0; self.populations.len()];
        for (population, cells) in last {
            kept[population] += 1;
            if kept[population] <= room.max(1) && self.agents.len() < AGENTS_MAX {
                self.agents.push(cells);
            }
        }
    }
}

/// Reads the curves of `columns`, each with its name, from a table that has one row per tick.
pub(super) fn outcomes(path: &Path, columns: Vec<String>) -> Result<Vec<(String, Series)>, ReportError> {
    let ticks = Ticks::read(path)?;
    let mut all: Vec<_> = columns.into_iter().map(|column| (column, Series::default())).collect();
    ticks.each(path, |number, row| {
        for (column, series) in &mut all {
            series.add(number / ticks.per_point, row.tick(), row.number(column));
        }
    })?;
    Ok(all)
}
