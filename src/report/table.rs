//! A CSV table read row by row, since that of a long run is larger than memory.

use super::ReportError;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The table and the names of its columns.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    columns: Vec<String>,
    reader: csv::Reader<File>,
}

impl Table {
    /// Opens `path`, which must have a column `tick`.
    pub(super) fn open(path: &Path) -> Result<Self, ReportError> {
        let file = File::open(path);
        let file = file.map_err(|source| ReportError::Io { action: "read", path: path.to_path_buf(), source })?;
        let mut reader = csv::Reader::from_reader(file);
        let not_a_table = |problem: String| ReportError::NotATable { path: path.to_path_buf(), problem };
        let columns: Vec<String> =
            reader.headers().map_err(|e| not_a_table(e.to_string()))?.iter().map(String::from).collect();
        if !columns.iter().any(|c| c == "tick") {
            return Err(not_a_table("there is no column `tick`".into()));
        }
        Ok(Self { path: path.to_path_buf(), columns, reader })
    }

    /// The names of its columns.
    pub(super) fn into_columns(self) -> Vec<String> {
        self.columns
    }

    /// Calls `see` with the first `most` rows and returns how many there were.
    pub(super) fn each(mut self, most: u64, mut see: impl FnMut(&Row)) -> Result<u64, ReportError> {
        let mut record = csv::StringRecord::new();
        let mut rows = 0;
        while rows < most {
            let read = self.reader.read_record(&mut record);
            let not_a_table =
                |e: csv::Error| ReportError::NotATable { path: self.path.clone(), problem: e.to_string() };
            if !read.map_err(not_a_table)? {
                break;
            }
            see(&Row { columns: &self.columns, record: &record });
            rows += 1;
        }
        Ok(rows)
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

    /// The tick that the row is about.
    pub(super) fn tick(&self) -> u64 {
        self.text("tick").parse().unwrap_or(0)
    }
}
