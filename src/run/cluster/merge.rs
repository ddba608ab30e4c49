//! The tables of many runs as one, row by row: in front of each row stand the run's id, its seed and what is varied.

use super::listed::{Listed, ListedRun};
use super::standing::Reached;
use crate::files::write_whole;
use crate::run::manifest::ModelEntry;
use crate::run::{Manifest, RunError, outputs};
use csv::{ByteRecord, Reader, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The table of the runs themselves.
pub const RUNS: &str = "runs.csv";
/// Its columns, and those in front of every other table; what is varied stands after the seed.
const RUN_COLUMNS: [&str; 3] = ["run", "folder", "seed"];
const ROW_COLUMNS: [&str; 2] = ["run", "seed"];

/// Why runs are not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A table cannot be read.
    #[error("cannot read {}: {problem}", path.display())]
    Read {
        /// The table.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// A run lacks a table.
    #[error("{} has no {table}, so it cannot be merged; the run's tables are {there}", folder.display())]
    NoTable {
        /// The run's folder.
        folder: PathBuf,
        /// The table.
        table: String,
        /// Those that it has.
        there: String,
    },
    /// A table is not what the run left.
    #[error(
        "{} is not what the run left (SHA-256 {now}, and its manifest says {then}); move the run's folder away and run it \
         again",
        path.display()
    )]
    Changed {
        /// The table.
        path: PathBuf,
        /// Its hash.
        now: String,
        /// The manifest's.
        then: String,
    },
    /// Two runs whose tables have different columns.
    #[error(
        "{} and {} have different columns ({difference}): their rows do not fit into one table. Sweep the cells that \
         differ in this apart, into folders of their own",
        first.display(),
        second.display()
    )]
    Columns {
        /// The table of the first run.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The first column that differs.
        difference: String,
    },
    /// Runs of different weights.
    #[error(
        "{} and {} were made with different weights of the model {model}; move one of them away and run it again",
        first.display(),
        second.display()
    )]
    Weights {
        /// The folder of a run.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The model's name.
        model: String,
    },
    /// A file cannot be hashed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// A run that is done.
#[derive(Clone, Copy, Debug)]
pub struct Done<'a> {
    /// What the list says of it.
    pub run: &'a ListedRun,
    /// What its own folder says.
    pub manifest: &'a Manifest,
}

/// Makes sure that `done` were made with the same weights, and returns what a reader of their tables should know.
///
/// # Errors
/// If weights differ.
pub fn check_alike(done: &[Done], parent: &Path) -> Result<Vec<String>, MergeError> {
    let mut weights: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut machines: BTreeSet<String> = BTreeSet::new();
    for Done { run, manifest } in done {
        for ModelEntry { name, sha256, .. } in manifest.model.iter().chain(&manifest.frozen) {
            let (known, folder) = *weights.entry(name).or_insert((sha256, &run.folder));
            if known != sha256 {
                let (first, second) = (parent.join(folder), parent.join(&run.folder));
                return Err(MergeError::Weights { first, second, model: name.clone() });
            }
            let instructions = manifest.instructions.as_deref().map_or_else(String::new, |set| format!(" ({set})"));
            machines.insert(format!("{}{instructions}", manifest.device));
        }
    }
    let mixed = || {
        let machines = machines.iter().cloned().collect::<Vec<_>>().join(", ");
        format!("models ran on {machines}: the same run may differ between them in the last digits")
    };
    Ok((machines.len() > 1).then(mixed).into_iter().collect())
}

/// Writes a row for every run that is `listed`, done or not, to `path`.
///
/// # Errors
/// If it cannot be written.
pub fn runs(listed: &Listed, standings: &[Reached], path: &Path) -> Result<(), MergeError> {
    let factors = listed.factors();
    write(path, |writer| {
        let heads = RUN_COLUMNS.iter().chain(&factors).chain(&["status", "ticks", "halted"]);
        writer.write_record(heads)?;
        for (run, standing) in listed.runs.iter().zip(standings) {
            let (status, ticks, halted) = match standing {
                Reached::Done(manifest) => {
                    ("done", manifest.ticks_played.to_string(), manifest.halted.len().to_string())
                }
                Reached::Open(word, _) => (*word, String::new(), String::new()),
                Reached::Mixed(_) => ("another run", String::new(), String::new()),
            };
            let (id, folder, seed) = (run.id.clone(), run.folder.clone(), run.seed.to_string());
            let cells = [id, folder, seed].into_iter().chain(values(run, &factors));
            writer.write_record(cells.chain([status.to_owned(), ticks, halted]))?;
        }
        Ok(())
    })
}

/// Makes sure that the `table` of every run of `done` is what that run left, and has the columns of the others.
///
/// # Errors
/// If a run has no such table, or another one, or it cannot be read.
pub fn check(done: &[Done], parent: &Path, table: &str) -> Result<(), MergeError> {
    let mut first: Option<(PathBuf, ByteRecord)> = None;
    for Done { run, manifest } in done {
        let folder = parent.join(&run.folder);
        let path = folder.join(table);
        let Some(then) = manifest.outputs.get(table) else {
            let is_table = |name: &&str| name.ends_with(".csv");
            let there: Vec<&str> = manifest.outputs.keys().map(String::as_str).filter(is_table).collect();
            return Err(MergeError::NoTable { folder, table: table.to_owned(), there: there.join(", ") });
        };
        let now = outputs::hash(&path)?;
        if now != *then {
            return Err(MergeError::Changed { path, now, then: then.clone() });
        }
        let heads = Rows::open(&path)?.heads;
        match &first {
            Some((first, known)) => {
                if let Some(difference) = first_difference(known, &heads) {
                    return Err(MergeError::Columns { first: first.clone(), second: path, difference });
                }
            }
            None => first = Some((path, heads)),
        }
    }
    Ok(())
}

/// Writes the rows of the `table` of all `done` runs to `path`, and returns how many there are; the tables have been
/// checked. No more than a row is in memory.
///
/// # Errors
/// If something cannot be read or written.
pub fn table(listed: &Listed, done: &[Done], parent: &Path, table: &str, path: &Path) -> Result<u64, MergeError> {
    let factors = listed.factors();
    let (mut count, mut problem) = (0, None);
    let written = write(path, |writer| {
        for (number, Done { run, .. }) in done.iter().enumerate() {
            let path = parent.join(&run.folder).join(table);
            match append(run, &path, &factors, number == 0, writer) {
                Ok(rows) => count += rows,
                Err(Stop::Write(error)) => return Err(error),
                Err(Stop::Read(error)) => {
                    problem = Some(error);
                    return Err(io::Error::other("a table cannot be merged").into());
                }
            }
        }
        Ok(())
    });
    problem.map_or(written.map(|()| count), Err)
}

/// Why a table is not finished.
enum Stop {
    Read(MergeError),
    Write(csv::Error),
}

/// A table that is read row by row.
struct Rows<'a> {
    path: &'a Path,
    heads: ByteRecord,
    reader: Reader<File>,
}

impl<'a> Rows<'a> {
    fn open(path: &'a Path) -> Result<Self, MergeError> {
        let unreadable = |problem: String| MergeError::Read { path: path.to_path_buf(), problem };
        let mut reader = Reader::from_path(path).map_err(|error| unreadable(error.to_string()))?;
        let heads = reader.byte_headers().map_err(|error| unreadable(error.to_string()))?.clone();
        Ok(Self { path, heads, reader })
    }

    /// Reads the next row into `record`; whether there is one.
    fn next(&mut self, record: &mut ByteRecord) -> Result<bool, MergeError> {
        let read = self.reader.read_byte_record(record);
        read.map_err(|error| MergeError::Read { path: self.path.to_path_buf(), problem: error.to_string() })
    }
}

/// Appends the rows of a run, with the names of the columns before them if it is the first.
fn append<W: Write>(
    run: &ListedRun,
    path: &Path,
    factors: &[&str],
    is_first: bool,
    writer: &mut Writer<W>,
) -> Result<u64, Stop> {
    let mut table = Rows::open(path).map_err(Stop::Read)?;
    if is_first {
        let before = ROW_COLUMNS.iter().chain(factors).map(|name| name.as_bytes());
        writer.write_record(before.chain(table.heads.iter())).map_err(Stop::Write)?;
    }
    let seed = run.seed.to_string();
    let before: Vec<String> = [run.id.clone(), seed].into_iter().chain(values(run, factors)).collect();
    let (mut record, mut rows) = (ByteRecord::new(), 0);
    while table.next(&mut record).map_err(Stop::Read)? {
        writer.write_record(before.iter().map(String::as_bytes).chain(record.iter())).map_err(Stop::Write)?;
        rows += 1;
    }
    Ok(rows)
}

/// The values of `run` of everything that is varied; empty where it is not varied in its cell.
fn values(run: &ListedRun, factors: &[&str]) -> Vec<String> {
    factors.iter().map(|path| run.factors.get(path).unwrap_or_default().to_owned()).collect()
}

/// The first column in which two tables differ, in both.
fn first_difference(one: &ByteRecord, other: &ByteRecord) -> Option<String> {
    let name = |heads: &ByteRecord, column: usize| match heads.get(column) {
        Some(name) => format!("`{}`", String::from_utf8_lossy(name)),
        None => "nothing".into(),
    };
    let column = (0..one.len().max(other.len())).find(|&column| one.get(column) != other.get(column))?;
    Some(format!("column {} is {} in one, and {} in the other", column + 1, name(one, column), name(other, column)))
}

/// Writes what `fill` writes to `path`, whole or not at all.
fn write(
    path: &Path,
    fill: impl FnOnce(&mut Writer<BufWriter<&mut File>>) -> Result<(), csv::Error>,
) -> Result<(), MergeError> {
    let written = write_whole(path, |file| {
        let mut writer = Writer::from_writer(BufWriter::new(file));
        fill(&mut writer).map_err(io::Error::from)?;
        writer.flush()
    });
    written.map_err(|source| MergeError::Write { path: path.to_path_buf(), source })
}
