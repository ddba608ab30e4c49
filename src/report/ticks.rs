//! The ticks of a table, and means over several of them where there are more than a page can show.

use super::ReportError;
use super::data::Numbers;
use super::table::{Row, Table};
use serde::Serialize;
use std::path::Path;

/// The most points of a curve. A chart is a few hundred pixels wide; more would only make the page large.
pub(super) const POINTS_MAX: usize = 500;
/// The fewest points of a curve, however many curves there are.
const POINTS_MIN: usize = 40;
/// The most periods that a reader can choose from.
const PERIODS_MAX: usize = 12;
/// The most rows of all periods of a view: each is about 90 bytes of the page.
const PERIOD_ROWS_MAX: usize = 10_000;

/// The ticks of a table, in order of its rows.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Ticks {
    /// Number of rows seen, so that a second reading of a run in progress ends where the first did.
    #[serde(skip)]
    rows: u64,
    /// Number of ticks that have rows.
    pub(super) recorded: usize,
    /// The last of them.
    pub(super) last: u64,
    /// Number of recorded ticks that share a point of a curve, which is their mean.
    pub(super) per_point: usize,
}

impl Ticks {
    /// The ticks of the table at `path`; `see` is called with every row and the number of its tick.
    pub(super) fn read(path: &Path, mut see: impl FnMut(usize, &Row)) -> Result<Self, ReportError> {
        let (mut recorded, mut last) = (0, None);
        let rows = Table::open(path)?.each(u64::MAX, |row| {
            if last != Some(row.tick()) {
                last = Some(row.tick());
                recorded += 1;
            }
            see(recorded - 1, row);
        })?;
        let per_point = recorded.div_ceil(POINTS_MAX).max(1);
        Ok(Self { rows, recorded, last: last.unwrap_or(0), per_point })
    }

    /// Makes the curves short enough for `curves` of them to hold `most` numbers together.
    pub(super) fn fit(mut self, curves: usize, most: usize) -> Self {
        let points = (most / curves.max(1)).clamp(POINTS_MIN, POINTS_MAX);
        self.per_point = self.recorded.div_ceil(points).max(1);
        self
    }

    /// Makes every point a period, of which there are as many as leave room for `rows` rows in each.
    pub(super) fn in_periods(mut self, rows: usize) -> Self {
        let periods = (PERIOD_ROWS_MAX / rows.max(1)).clamp(1, PERIODS_MAX);
        self.per_point = self.recorded.div_ceil(periods).max(1);
        self
    }

    /// Number of points of a curve.
    pub(super) fn points(&self) -> usize {
        self.recorded.div_ceil(self.per_point)
    }

    /// Number of recorded ticks at a point of a curve; the last point may have fewer than the others.
    pub(super) fn ticks_at(&self, point: usize) -> usize {
        self.per_point.min(self.recorded.saturating_sub(point * self.per_point))
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

/// The ticks at the points of curves: each covers the recorded ticks `from` to `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Axis {
    pub(super) from: Vec<u64>,
    pub(super) to: Vec<u64>,
}

impl Axis {
    /// Notes that `tick` belongs to a point.
    pub(super) fn note(&mut self, point: usize, tick: u64) {
        if self.to.len() <= point {
            self.from.push(tick);
            self.to.push(tick);
        }
        self.to[point] = tick;
    }
}

/// Means of a column by point.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    /// Sum and number of values, by point.
    sums: Vec<(f64, f64)>,
}

impl Series {
    /// Adds a value to a point; NaN means that there is no value.
    pub(super) fn add(&mut self, point: usize, value: f64) {
        if self.sums.len() <= point {
            self.sums.resize(point + 1, (0.0, 0.0));
        }
        if value.is_finite() {
            self.sums[point].0 += value;
            self.sums[point].1 += 1.0;
        }
    }

    /// The means of `points` points; NaN where there is no value.
    pub(super) fn means(&self, points: usize) -> Vec<f64> {
        (0..points).map(|point| self.sums.get(point).map_or(f64::NAN, |(sum, n)| sum / n)).collect()
    }

    /// The means for the page.
    pub(super) fn numbers(&self, points: usize) -> Numbers {
        Numbers(self.means(points))
    }
}
