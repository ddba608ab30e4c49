//! A CSV table read row by row, since that of a long run is larger than memory.

use super::ReportError;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The table and the names of its columns.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    columns: Vec<String>,
    reader: csv::Reader<File>,
}

/// A column of a table, or of none: all its cells are empty.
pub(super) type Place = Option<usize>;

impl Table {
    /// Opens `path`, which must have a column `tick`.
    pub(super) fn open(path: &Path) -> Result<Self, ReportError> {
        Self::open_with(path, "tick")
    }

    /// Opens `path` if there is such a file. It must have a column `needed`.
    pub(super) fn open_if_there(path: &Path, needed: &str) -> Result<Option<Self>, ReportError> {
        match Self::open_with(path, needed) {
            Err(ReportError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    fn open_with(path: &Path, needed: &str) -> Result<Self, ReportError> {
        let file = File::open(path);
        let file = file.map_err(|source| ReportError::Io { action: "read", path: path.to_path_buf(), source })?;
        let mut reader = csv::Reader::from_reader(file);
        let not_a_table = |problem: String| ReportError::NotATable { path: path.to_path_buf(), problem };
        let columns: Vec<String> =
            reader.headers().map_err(|e| not_a_table(e.to_string()))?.iter().map(String::from).collect();
        if !columns.iter().any(|c| c == needed) {
            return Err(not_a_table(format!("there is no column `{needed}`")));
        }
        Ok(Self { path: path.to_path_buf(), columns, reader })
    }

    /// The names of its columns.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The place of a column.
    pub(super) fn place(&self, column: &str) -> Place {
        self.columns.iter().position(|name| name == column)
    }

    /// Calls `see` with the first `most` rows and returns how many there were. A last row that is cut short, as in a
    /// file that is being written, is left out.
    pub(super) fn each(self, most: u64, mut see: impl FnMut(&Row)) -> Result<u64, ReportError> {
        self.until(most, |row| {
            see(row);
            true
        })
    }

    /// [`Table::each`], which also ends when `see` returns false.
    pub(super) fn until(mut self, most: u64, mut see: impl FnMut(&Row) -> bool) -> Result<u64, ReportError> {
        let tick = self.place("tick");
        let mut record = csv::StringRecord::new();
        let mut rows = 0;
        while rows < most {
            match self.reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => match self.reader.read_record(&mut csv::StringRecord::new()) {
                    Ok(false) => break,
                    _ => return Err(ReportError::NotATable { path: self.path, problem: error.to_string() }),
                },
            }
            rows += 1;
            if !see(&Row { tick, record: &record }) {
                break;
            }
        }
        Ok(rows)
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    tick: Place,
    record: &'a csv::StringRecord,
}

impl<'a> Row<'a> {
    /// The text in a column.
    pub(super) fn text(&self, place: Place) -> &'a str {
        place.and_then(|place| self.record.get(place)).unwrap_or_default()
    }

    /// The number in a column; NaN if there is none.
    pub(super) fn number(&self, place: Place) -> f64 {
        self.text(place).parse().unwrap_or(f64::NAN)
    }

    /// The whole number in a column; 0 if there is none.
    pub(super) fn count(&self, place: Place) -> u64 {
        self.text(place).parse().unwrap_or(0)
    }

    /// The tick that the row is about.
    pub(super) fn tick(&self) -> u64 {
        self.count(self.tick)
    }

    /// The texts of all columns.
    pub(super) fn texts(&self) -> Vec<String> {
        self.record.iter().map(String::from).collect()
    }
}

/// Names in order of appearance, while there is room for more.
#[derive(Clone, Debug)]
pub(super) struct Names<T = String> {
    numbers: BTreeMap<T, usize>,
    names: Vec<T>,
    most: usize,
    is_cut: bool,
}

impl<T: Ord + Clone> Names<T> {
    /// Room for `most` names.
    pub(super) fn up_to(most: usize) -> Self {
        Self { numbers: BTreeMap::new(), names: Vec::new(), most, is_cut: false }
    }

    /// The number of a name that is there.
    pub(super) fn find<Q: Ord + ?Sized>(&self, name: &Q) -> Option<usize>
    where
        T: Borrow<Q>,
    {
        self.numbers.get(name).copied()
    }

    /// The number of a name, which is added if there is room for it; `None` if there is none.
    pub(super) fn number<Q: Ord + ToOwned<Owned = T> + ?Sized>(&mut self, name: &Q) -> Option<usize>
    where
        T: Borrow<Q>,
    {
        if let Some(number) = self.find(name) {
            return Some(number);
        }
        if self.names.len() == self.most {
            self.is_cut = true;
            return None;
        }
        self.numbers.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        Some(self.names.len() - 1)
    }

    /// The names, by their numbers.
    pub(super) fn names(&self) -> &[T] {
        &self.names
    }

    /// Whether there was no room for some name.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_numbers_and_those_beyond_the_room_have_none() {
        let mut names: Names = Names::up_to(2);
        assert_eq!(["b", "a", "b"].map(|name| names.number(name)), [Some(0), Some(1), Some(0)]);
        assert!(!names.is_cut());
        assert_eq!((names.number("c"), names.find("a"), names.find("c")), (None, Some(1), None));
        assert!(names.is_cut() && names.names() == ["b", "a"]);
    }
}
