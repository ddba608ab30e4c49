//! The curves of `social_outcomes.csv`.

use super::ReportError;
use super::evolution::Drawn;
use super::table::Table;
use super::ticks::{Axis, Series, Ticks};
use std::path::Path;

/// The table of all agents together.
#[derive(Clone, Debug)]
pub(super) struct Society {
    /// The ticks of the table.
    pub(super) ticks: Ticks,
    /// What each point covers.
    pub(super) axis: Axis,
    /// The columns with curves.
    pub(super) drawn: Drawn,
    /// Their curves.
    pub(super) series: Vec<Series>,
}

impl Society {
    /// Reads the table at `path`; a point covers at least `per_point` recorded ticks. A column that `is_added` is a
    /// plugin's.
    pub(super) fn read(path: &Path, is_added: impl Fn(&str) -> bool, per_point: usize) -> Result<Self, ReportError> {
        let table = Table::open(path)?;
        let drawn = Drawn::of(table.columns(), is_added);
        let places: Vec<_> = drawn.columns.iter().map(|column| table.place(column)).collect();
        let mut ticks = Ticks::read(path, |_, _| {})?;
        ticks.per_point = ticks.per_point.max(per_point);
        let (mut axis, mut series) = (Axis::default(), vec![Series::default(); drawn.columns.len()]);
        ticks.each(path, |number, row| {
            let point = number / ticks.per_point;
            axis.note(point, row.tick());
            for (series, place) in series.iter_mut().zip(&places) {
                series.add(point, row.number(*place));
            }
        })?;
        Ok(Self { ticks, axis, drawn, series })
    }
}
