//! The rows that a table has gained, tick by tick.

use super::super::ExportError;
use super::super::table::whole_rows;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A table that grows.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) path: PathBuf,
    /// Its columns; empty before the header was read.
    heads: Vec<String>,
    /// Bytes that have been read.
    read: u64,
}

/// The rows of a tick.
pub(super) struct Tick<'a> {
    pub number: u64,
    pub heads: &'a [String],
    pub rows: Vec<csv::StringRecord>,
}

impl Tick<'_> {
    /// The rows by what they say in the column `head`.
    pub(super) fn by(&self, head: &str) -> BTreeMap<&str, Vec<usize>> {
        let column = self.heads.iter().position(|name| name == head);
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, row) in self.rows.iter().enumerate() {
            let name = column.and_then(|column| row.get(column)).unwrap_or_default();
            groups.entry(name).or_default().push(number);
        }
        groups
    }

    /// The finite numbers of `rows` in a column.
    pub(super) fn numbers(&self, rows: &[usize], column: usize) -> Vec<f64> {
        let cell = |row: &usize| self.rows[*row].get(column)?.parse().ok();
        rows.iter().filter_map(cell).filter(|number: &f64| number.is_finite()).collect()
    }
}

impl Tail {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), heads: Vec::new(), read: 0 }
    }

    /// Calls `see` with every tick that came since the last call, as far as its rows are whole. The rows of a tick come
    /// together.
    pub(super) fn each(&mut self, mut see: impl FnMut(Tick) -> Result<(), ExportError>) -> Result<(), ExportError> {
        let mut file = File::open(&self.path).map_err(ExportError::io("read", &self.path))?;
        let length = whole_rows(&mut file).map_err(ExportError::io("read", &self.path))?;
        if length < self.read {
            return Err(ExportError::broken(&self.path, "it has become shorter while it was followed"));
        }
        file.seek(SeekFrom::Start(self.read)).map_err(ExportError::io("read", &self.path))?;
        let new = file.take(length - self.read);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(new);
        let mut records = reader.records();
        if self.heads.is_empty()
            && let Some(head) = records.next()
        {
            let head = head.map_err(|error| ExportError::broken(&self.path, error.to_string()))?;
            self.heads = head.iter().map(String::from).collect();
        }
        let Self { path, heads, read } = self;
        let column = heads.iter().position(|head| head == "tick");
        let mut tick: Option<Tick> = None;
        for record in records {
            let record = record.map_err(|error| ExportError::broken(path, error.to_string()))?;
            let number = column.and_then(|column| record.get(column)?.parse().ok());
            let number = number.ok_or_else(|| ExportError::broken(path, "a row without a tick"))?;
            match &mut tick {
                Some(current) if current.number == number => current.rows.push(record),
                _ => {
                    let new = Tick { number, heads, rows: vec![record] };
                    if let Some(done) = tick.replace(new) {
                        see(done)?;
                    }
                }
            }
        }
        *read = length;
        tick.map_or(Ok(()), see)
    }
}
