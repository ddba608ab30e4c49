//! A CSV table in memory, read by column name.

use super::ReportError;
use std::path::Path;

/// Column names and rows.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// Reads `path`, which must have a column `tick`.
pub(super) fn read(path: &Path) -> Result<Table, ReportError> {
    let file = std::fs::File::open(path);
    let file = file.map_err(|source| ReportError::Io { action: "read", path: path.to_path_buf(), source })?;
    let not_a_table = |problem: String| ReportError::NotATable { path: path.to_path_buf(), problem };
    let mut reader = csv::Reader::from_reader(file);
    let columns: Vec<String> =
        reader.headers().map_err(|e| not_a_table(e.to_string()))?.iter().map(String::from).collect();
    if !columns.iter().any(|c| c == "tick") {
        return Err(not_a_table("there is no column `tick`".into()));
    }
    let rows = reader.records().collect::<Result<_, _>>().map_err(|e| not_a_table(e.to_string()))?;
    Ok(Table { columns, rows })
}

impl Table {
    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|record| Row { columns: &self.columns, record })
    }

    /// The last tick.
    pub(super) fn last_tick(&self) -> f64 {
        self.rows().map(|row| row.number("tick")).fold(0.0, f64::max)
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    columns: &'a [String],
    record: &'a csv::StringRecord,
}

impl<'a> Row<'a> {
    /// The text in `column`; empty if there is no such column.
    pub(super) fn text(&self, column: &str) -> &'a str {
        let index = self.columns.iter().position(|c| c == column);
        index.and_then(|index| self.record.get(index)).unwrap_or_default()
    }

    /// The number in `column`; NaN if it is empty.
    pub(super) fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap_or(f64::NAN)
    }
}
