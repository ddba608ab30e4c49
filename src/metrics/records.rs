//! The open tables of a run.

use super::added::Columns;
use super::column::{Cell, Conditions, Table};
use super::evolution::{Evolution, EvolutionRow};
use super::generations::Generations;
use super::lineages::{Genealogy, Types};
use super::moves::{Messages, Moves};
use super::outcomes::{OutcomeRow, Outcomes};
use super::pairs::{PairRow, Pairs};
use super::row_file::RowFile;
use super::selections::{SelectionRow, Selections};
use bevy_ecs::prelude::Resource;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The optional tables to write, besides the two that are always written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// `moves.csv`.
    pub moves: bool,
    /// `messages.csv`.
    pub messages: bool,
    /// `generations.csv`.
    pub generations: bool,
    /// `pairs.csv`.
    pub pairs: bool,
    /// `selections.csv`.
    pub selections: bool,
    /// The columns of `strategy_evolution.csv` that hold expectations.
    pub exact: bool,
    /// The columns about reputations.
    pub reputation: bool,
    /// `types.csv`, and the columns of `strategy_evolution.csv` that tell of lineages.
    pub types: bool,
    /// `genealogy.csv`.
    pub genealogy: bool,
    /// The columns of `strategy_evolution.csv` that tell of places on a lattice.
    pub lattice: bool,
    /// The column of `strategy_evolution.csv` that tells of islands.
    pub islands: bool,
    /// The columns of `types.csv` that tell of inherited strategies.
    pub strategies: bool,
}

/// A table that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct TableError {
    /// The file.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

/// The open tables of a run.
#[derive(Resource)]
pub struct Records {
    evolution: Sheet<Evolution>,
    outcomes: Sheet<Outcomes>,
    pub(super) moves: Option<Sheet<Moves>>,
    pub(super) messages: Option<Sheet<Messages>>,
    pub(super) generations: Option<Sheet<Generations>>,
    pairs: Option<Sheet<Pairs>>,
    selections: Option<Sheet<Selections>>,
    pub(super) types: Option<Sheet<Types>>,
    pub(super) genealogy: Option<Sheet<Genealogy>>,
}

/// An open table.
pub(super) struct Sheet<T: Table> {
    file: RowFile,
    cells: Vec<Cell<T>>,
}

impl<T: Table> Sheet<T> {
    /// Rows as they are in the file.
    fn csv<'a>(&self, rows: impl Iterator<Item = T::Row<'a>>) -> io::Result<Vec<u8>> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        for row in rows {
            self.cells.iter().try_for_each(|cell| csv.write_field(cell(&row)))?;
            csv.write_record(None::<&[u8]>)?;
        }
        csv.into_inner().map_err(|error| error.into_error())
    }

    fn text(&self, row: &T::Row<'_>) -> Vec<String> {
        self.cells.iter().map(|cell| cell(row)).collect()
    }

    /// Hands every waiting row to the operating system.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(super) fn flush(&mut self) -> Result<(), TableError> {
        let flushed = self.file.flush();
        named(&self.file, flushed)
    }

    /// Writes `rows`.
    ///
    /// # Errors
    /// If one of them cannot be written; none follows it.
    pub(super) fn write<'a>(&mut self, mut rows: impl Iterator<Item = T::Row<'a>>) -> Result<(), TableError> {
        let written = rows.try_for_each(|row| {
            let row = self.text(&row);
            self.file.write(&row)
        });
        named(&self.file, written)
    }
}

/// `result` with the path of the file.
fn named(file: &RowFile, result: io::Result<()>) -> Result<(), TableError> {
    result.map_err(|source| TableError { path: file.path().to_path_buf(), source })
}

/// `error` with the name of the table that it is about.
fn of_table(name: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{name}: {error}"))
}

/// Settings for opening tables.
struct Opening<'a> {
    dir: &'a Path,
    /// The terms that have a column of their own, as (number, name).
    terms: &'a [(usize, &'a str)],
    /// The terms whose weights are inherited, numbered in the order of the scenario.
    weights: &'a [(usize, &'a str)],
    tables: Tables,
    /// The length of each table; `None` if there are no tables yet.
    lengths: Option<&'a BTreeMap<String, u64>>,
}

impl Opening<'_> {
    /// Opens a table, with a column for each of `terms` where it has columns per term, and `added` after the columns of
    /// its own.
    fn sheet<T: Table>(
        &self,
        terms: &[(usize, &str)],
        added: impl Iterator<Item = (String, Cell<T>)>,
    ) -> io::Result<Sheet<T>> {
        let Tables { exact, reputation, types, lattice, islands, strategies, .. } = self.tables;
        let holds = Conditions { exact, reputation, evolution: types, lattice, islands, strategies };
        let own = T::COLUMNS.iter().flat_map(|column| column.open(terms, holds));
        let (names, cells): (Vec<String>, Vec<Cell<T>>) = own.chain(added).unzip();
        let path = self.dir.join(T::FILE);
        let file = match self.lengths {
            None => RowFile::create(&path, &names).map_err(|error| of_table(T::FILE, &error))?,
            Some(lengths) => {
                let length = lengths.get(T::FILE).ok_or_else(|| io::Error::other(format!("{} is new", T::FILE)))?;
                RowFile::reopen(&path, &names, *length).map_err(|error| of_table(T::FILE, &error))?
            }
        };
        Ok(Sheet { file, cells })
    }

    /// Opens a table if it is wanted.
    fn optional<T: Table>(&self, is_wanted: bool) -> io::Result<Option<Sheet<T>>> {
        is_wanted.then(|| self.sheet(self.terms, std::iter::empty())).transpose()
    }

    fn all(&self, added: &Columns) -> io::Result<Records> {
        Ok(Records {
            evolution: self.sheet::<Evolution>(self.terms, added.evolution())?,
            outcomes: self.sheet::<Outcomes>(self.terms, added.outcomes())?,
            moves: self.optional(self.tables.moves)?,
            messages: self.optional(self.tables.messages)?,
            generations: self.optional(self.tables.generations)?,
            pairs: self.optional(self.tables.pairs)?,
            selections: self.optional(self.tables.selections)?,
            types: self.tables.types.then(|| self.sheet(self.weights, std::iter::empty())).transpose()?,
            genealogy: self.optional(self.tables.genealogy)?,
        })
    }
}

/// The rows of some ticks as they will be in the files: several pieces of each table, in order.
pub(super) struct Texts([Vec<Vec<u8>>; 4]);

impl Records {
    /// Creates the tables in `dir`, the optional ones as `tables` asks; `terms` are the terms that have a column of
    /// their own, as (number, name), `weights` those whose weights are inherited, and `added` the columns of plugins.
    ///
    /// # Errors
    /// If one of them already exists, or cannot be written.
    pub fn create(
        dir: &Path,
        terms: &[(usize, &str)],
        weights: &[(usize, &str)],
        tables: Tables,
        added: &Columns,
    ) -> io::Result<Self> {
        Opening { dir, terms, weights, tables, lengths: None }.all(added)
    }

    /// Reopens the tables in `dir`, each with the length that `lengths` gives.
    ///
    /// # Errors
    /// If one of them is shorter, has other columns, or cannot be written.
    pub fn reopen(
        dir: &Path,
        terms: &[(usize, &str)],
        weights: &[(usize, &str)],
        tables: Tables,
        added: &Columns,
        lengths: &BTreeMap<String, u64>,
    ) -> io::Result<Self> {
        Opening { dir, terms, weights, tables, lengths: Some(lengths) }.all(added)
    }

    /// The files that are written at the end of a row's ticks, in the order of [`Texts`], then the others.
    fn files(&mut self) -> [Option<&mut RowFile>; 9] {
        fn file<T: Table>(sheet: &mut Option<Sheet<T>>) -> Option<&mut RowFile> {
            sheet.as_mut().map(|sheet| &mut sheet.file)
        }
        let Self { evolution, outcomes, moves, messages, generations, pairs, selections, types, genealogy } = self;
        let (evolution, outcomes) = (Some(&mut evolution.file), Some(&mut outcomes.file));
        let (moves, messages, generations) = (file(moves), file(messages), file(generations));
        let (types, genealogy) = (file(types), file(genealogy));
        [evolution, outcomes, file(pairs), file(selections), moves, messages, generations, types, genealogy]
    }

    /// Writes every row to disk and returns the length of each table's file by name.
    ///
    /// # Errors
    /// With the first table that could not be written. All others are written.
    pub fn settle(&mut self) -> Result<BTreeMap<String, u64>, TableError> {
        let mut lengths = Ok(BTreeMap::new());
        for file in self.files().into_iter().flatten() {
            let settled = file.settle().map_err(|source| TableError { path: file.path().to_path_buf(), source });
            lengths = match (lengths, settled) {
                (Ok(mut lengths), Ok(length)) => {
                    lengths.insert(file.name(), length);
                    Ok(lengths)
                }
                (Err(first), _) | (Ok(_), Err(first)) => Err(first),
            };
        }
        lengths
    }

    /// Some agents' rows as they will be in the file.
    ///
    /// # Errors
    /// None that is known: they are written to memory.
    pub(super) fn agents(&self, rows: &[EvolutionRow]) -> io::Result<Vec<u8>> {
        self.evolution.csv(rows.iter().copied())
    }

    /// The rows of some ticks; `agents` has those of agents already.
    ///
    /// # Errors
    /// As [`Records::agents`].
    pub(super) fn texts<'a>(
        &self,
        agents: Vec<Vec<u8>>,
        together: OutcomeRow<'a>,
        pairs: impl Iterator<Item = PairRow<'a>>,
        selections: impl Iterator<Item = SelectionRow<'a>>,
    ) -> io::Result<Texts> {
        let pairs = self.pairs.as_ref().map_or_else(|| Ok(Vec::new()), |sheet| sheet.csv(pairs))?;
        let selections = self.selections.as_ref().map_or_else(|| Ok(Vec::new()), |sheet| sheet.csv(selections))?;
        Ok(Texts([agents, vec![self.outcomes.csv(std::iter::once(together))?], vec![pairs], vec![selections]]))
    }

    /// Writes the rows of some ticks and hands everything to the operating system.
    ///
    /// # Errors
    /// With the first table that could not be written. All others are written.
    pub(super) fn write(&mut self, texts: Texts) -> Result<(), TableError> {
        let rows = texts.0.into_iter().chain(std::iter::repeat_with(Vec::new));
        let mut first = Ok(());
        for (file, rows) in self.files().into_iter().zip(rows) {
            let Some(file) = file else { continue };
            let written = rows.iter().try_for_each(|rows| file.append(rows)).and_then(|()| file.flush());
            first = first.and(named(file, written));
        }
        first
    }
}
