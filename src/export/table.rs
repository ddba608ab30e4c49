//! A run's table, with a type for every column, read in pieces.

use super::ExportError;
use crate::metrics::{Described, Kind};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

/// A column of a table on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// What its cells hold.
    pub kind: Kind,
}

/// The cells of a column; `None` where a cell is empty.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Of a column of whole numbers.
    Whole(Vec<Option<i64>>),
    /// Of a column of numbers.
    Number(Vec<Option<f64>>),
    /// Of a column of words.
    Text(Vec<Option<String>>),
}

impl Cells {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Vec::new()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
        }
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Whole(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
        }
    }

    /// Adds a cell. The error is what it should have been.
    fn push(&mut self, text: &str) -> Result<(), &'static str> {
        match self {
            Self::Whole(cells) => cells.push(parsed(text, "a whole number")?),
            Self::Number(cells) => cells.push(parsed(text, "a number")?),
            Self::Text(cells) => cells.push((!text.is_empty()).then(|| text.to_owned())),
        }
        Ok(())
    }
}

/// The value in a cell, `None` in an empty one; the error is `expected`.
fn parsed<T: std::str::FromStr>(text: &str, expected: &'static str) -> Result<Option<T>, &'static str> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| expected) }
}

/// The tables in `folder`, by name.
///
/// # Errors
/// If the folder cannot be read, or holds no table.
pub fn tables(folder: &Path) -> Result<Vec<PathBuf>, ExportError> {
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = entries.map_err(ExportError::io("read", folder))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    if paths.is_empty() { Err(ExportError::broken(folder, "there is no table in it")) } else { Ok(paths) }
}

/// A table that is being read. Of a run in progress, the rows that are whole now.
pub struct Table {
    path: PathBuf,
    /// The columns in order.
    pub heads: Vec<Head>,
    records: csv::StringRecordsIntoIter<Take<File>>,
}

impl Table {
    /// Opens the table at `path`. The kinds of its columns are those in `known`; a table or column that is not there
    /// gets the narrowest kind that all of its cells have.
    ///
    /// # Errors
    /// If it cannot be read, or has no header.
    pub fn open(path: &Path, known: &[Described]) -> Result<Self, ExportError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut reader = reader(path)?;
        let broken = |error: csv::Error| ExportError::broken(path, error.to_string());
        let names: Vec<String> = reader.headers().map_err(broken)?.iter().map(String::from).collect();
        let of = |column: &String| known.iter().find(|known| known.table == name && known.covers(column));
        let kinds: Vec<Option<Kind>> = names.iter().map(|column| of(column).map(|known| known.kind)).collect();
        let unknown: Vec<usize> = (0..names.len()).filter(|&column| kinds[column].is_none()).collect();
        let narrowest = if unknown.is_empty() { Vec::new() } else { narrowest(path, &unknown)? };
        let kind = |column: usize| {
            let found = unknown.iter().position(|&other| other == column).map(|at| narrowest[at]);
            kinds[column].or(found).unwrap_or(Kind::Text)
        };
        let heads = names.iter().enumerate().map(|(column, name)| Head { name: name.clone(), kind: kind(column) });
        Ok(Self { path: path.to_path_buf(), heads: heads.collect(), records: reader.into_records() })
    }

    /// The next `rows` rows, or as many as there are, column by column; `None` at the end.
    ///
    /// # Errors
    /// If a cell does not hold what its column should hold.
    pub fn next(&mut self, rows: usize) -> Result<Option<Vec<Cells>>, ExportError> {
        let mut columns: Vec<Cells> = self.heads.iter().map(|head| Cells::new(head.kind)).collect();
        let mut found = 0;
        for record in self.records.by_ref().take(rows) {
            let record = record.map_err(|error| ExportError::broken(&self.path, error.to_string()))?;
            for ((cells, text), head) in columns.iter_mut().zip(&record).zip(&self.heads) {
                cells.push(text).map_err(|expected| {
                    let line = record.position().map_or(0, csv::Position::line);
                    let text = crate::text::shown(text);
                    let problem = format!("line {line}: `{text}` in column `{}`, expected {expected}", head.name);
                    ExportError::broken(&self.path, problem)
                })?;
            }
            found += 1;
        }
        Ok((found > 0).then_some(columns))
    }
}

/// A reader of the whole rows of a table.
fn reader(path: &Path) -> Result<csv::Reader<Take<File>>, ExportError> {
    let mut file = File::open(path).map_err(ExportError::io("read", path))?;
    let length = whole_rows(&mut file).map_err(ExportError::io("read", path))?;
    Ok(csv::Reader::from_reader(file.take(length)))
}

/// The number of bytes up to the last line break: a row after it is being written, or was cut off with its run.
pub(super) fn whole_rows(file: &mut File) -> std::io::Result<u64> {
    const PIECE: u64 = 1 << 12;
    let mut end = file.seek(SeekFrom::End(0))?;
    while end > 0 {
        let start = end.saturating_sub(PIECE);
        let mut piece = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|&byte| byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(end)
}

/// The narrowest kinds that the cells of these columns have: of text that is nowhere a number, text.
fn narrowest(path: &Path, columns: &[usize]) -> Result<Vec<Kind>, ExportError> {
    let mut kinds = vec![Kind::Number; columns.len()];
    let mut is_empty = vec![true; columns.len()];
    for record in reader(path)?.into_records() {
        let record = record.map_err(|error| ExportError::broken(path, error.to_string()))?;
        for (at, &column) in columns.iter().enumerate() {
            let text = record.get(column).unwrap_or_default();
            is_empty[at] &= text.is_empty();
            if !text.is_empty() && text.parse::<f64>().is_err() {
                kinds[at] = Kind::Text;
            }
        }
    }
    // Without a single cell, nothing says that it is a number.
    Ok(kinds.into_iter().zip(is_empty).map(|(kind, is_empty)| if is_empty { Kind::Text } else { kind }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(name: &'static str, kind: Kind) -> Described<'static> {
        Described { table: "t.csv", name, meaning: "", kind }
    }

    fn read(text: &str, known: &[Described]) -> Result<(Vec<Kind>, Option<Vec<Cells>>), String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        fs::write(&path, text).unwrap();
        let mut table = Table::open(&path, known).map_err(|error| error.to_string())?;
        let cells = table.next(10).map_err(|error| error.to_string())?;
        assert_eq!(table.next(10).unwrap(), None);
        Ok((table.heads.iter().map(|head| head.kind).collect(), cells))
    }

    #[test]
    fn kinds_are_those_of_the_list_whatever_the_cells_look_like() {
        let known = [described("tick", Kind::Whole), described("reward_<term>", Kind::Number)];
        let (kinds, cells) = read("tick,reward_payoff,added,word,none\n0,1,2,x,\n1,,3,4,\n", &known).unwrap();
        assert_eq!(kinds, [Kind::Whole, Kind::Number, Kind::Number, Kind::Text, Kind::Text]);
        let cells = cells.unwrap();
        assert_eq!(cells[0], Cells::Whole(vec![Some(0), Some(1)]));
        assert_eq!(cells[1], Cells::Number(vec![Some(1.0), None]));
        assert_eq!(cells[3], Cells::Text(vec![Some("x".into()), Some("4".into())]));
        assert_eq!(cells[4], Cells::Text(vec![None, None]));
    }

    #[test]
    fn a_row_that_is_being_written_is_not_there_yet() {
        let known = [described("tick", Kind::Whole)];
        let (_, cells) = read("tick,x\n0,1\n1", &known).unwrap();
        assert_eq!(cells.unwrap()[0], Cells::Whole(vec![Some(0)]));
        assert_eq!(read("tick,x\n", &known).unwrap().1, None);
        assert_eq!(read("", &known).unwrap().0, []);
    }

    #[test]
    fn a_cell_of_another_kind_is_named_with_its_place() {
        let error = read("tick\n0\n1.5\n", &[described("tick", Kind::Whole)]).unwrap_err();
        assert!(error.ends_with("t.csv: line 3: `1.5` in column `tick`, expected a whole number"), "{error}");
    }
}
