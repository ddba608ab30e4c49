//! A column of a table: the source of its place in the header, its cells, and its description in the documents.

use serde::Serialize;

/// A table of a run.
pub(super) trait Table: Sized + 'static {
    /// Name of its file.
    const FILE: &'static str;
    /// Its columns, in order.
    const COLUMNS: &'static [Column<Self>];
    /// The data that a row is made from.
    type Row<'a>;
}

/// An entry of a table's list of columns.
pub(super) struct Column<T: Table> {
    name: &'static str,
    meaning: &'static str,
    kind: Kind,
    cell: OwnCell<T>,
    condition: Condition,
}

/// The runs in which a column exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// All.
    Always,
    /// Those with `output: (exact: true)`.
    Exact,
    /// Those with `reputation`.
    Reputation,
    /// Those with `evolution`.
    Evolution,
    /// Those with a lattice.
    OnLattice,
    /// Those with islands.
    OnIslands,
    /// Those whose agents inherit strategies from each other.
    Strategies,
}

/// The conditions that hold in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    /// Expectations are wanted.
    pub(super) exact: bool,
    /// Agents have reputations.
    pub(super) reputation: bool,
    /// Agents inherit from each other.
    pub(super) evolution: bool,
    /// Agents sit on a lattice.
    pub(super) lattice: bool,
    /// Agents live on islands.
    pub(super) islands: bool,
    /// Agents inherit strategies.
    pub(super) strategies: bool,
}

/// The text of a cell.
enum OwnCell<T: Table> {
    /// Of one column.
    One(fn(&T::Row<'_>) -> String),
    /// Of one column per reward term, by the number of the term.
    PerTerm(fn(&T::Row<'_>, usize) -> String),
}

/// The text of a cell in a table that is open.
pub(super) type Cell<T> = Box<dyn Fn(&<T as Table>::Row<'_>) -> String + Send + Sync>;

/// Stands for a term in the name of a column that exists once per term.
const TERM: &str = "<term>";

impl<T: Table> Column<T> {
    /// A column of numbers called `name`. `meaning` is Markdown and continues after "name: ".
    pub(super) const fn number(name: &'static str, meaning: &'static str, cell: fn(&T::Row<'_>) -> String) -> Self {
        Self { name, meaning, kind: Kind::Number, cell: OwnCell::One(cell), condition: Condition::Always }
    }

    /// A column of whole numbers.
    pub(super) const fn whole(name: &'static str, meaning: &'static str, cell: fn(&T::Row<'_>) -> String) -> Self {
        Self { name, meaning, kind: Kind::Whole, cell: OwnCell::One(cell), condition: Condition::Always }
    }

    /// A column of words.
    pub(super) const fn text(name: &'static str, meaning: &'static str, cell: fn(&T::Row<'_>) -> String) -> Self {
        Self { name, meaning, kind: Kind::Text, cell: OwnCell::One(cell), condition: Condition::Always }
    }

    /// A column for each reward term; `<term>` in `name` stands for its name.
    pub(super) const fn per_term(
        name: &'static str,
        meaning: &'static str,
        cell: fn(&T::Row<'_>, usize) -> String,
    ) -> Self {
        Self { name, meaning, kind: Kind::Number, cell: OwnCell::PerTerm(cell), condition: Condition::Always }
    }

    /// A column that exists only in runs with `output: (exact: true)`.
    pub(super) const fn exact(name: &'static str, meaning: &'static str, cell: fn(&T::Row<'_>) -> String) -> Self {
        Self { name, meaning, kind: Kind::Number, cell: OwnCell::One(cell), condition: Condition::Exact }
    }

    /// A column that exists only in runs with `reputation`.
    pub(super) const fn reputation(name: &'static str, meaning: &'static str, cell: fn(&T::Row<'_>) -> String) -> Self {
        Self { name, meaning, kind: Kind::Number, cell: OwnCell::One(cell), condition: Condition::Reputation }
    }

    /// The same column, only in runs whose agents inherit from each other.
    pub(super) const fn if_evolving(self) -> Self {
        Self { condition: Condition::Evolution, ..self }
    }

    /// The same column, only in runs whose agents sit on a lattice.
    pub(super) const fn if_on_lattice(self) -> Self {
        Self { condition: Condition::OnLattice, ..self }
    }

    /// The same column, only in runs whose agents live on islands.
    pub(super) const fn if_on_islands(self) -> Self {
        Self { condition: Condition::OnIslands, ..self }
    }

    /// The same column, only in runs whose agents inherit strategies from each other.
    pub(super) const fn if_strategies_are_inherited(self) -> Self {
        Self { condition: Condition::Strategies, ..self }
    }

    /// The columns that this entry becomes in a run with these terms, given as (number, name), and these conditions.
    pub(super) fn open(&self, terms: &[(usize, &str)], holds: Conditions) -> Vec<(String, Cell<T>)> {
        let exists = match self.condition {
            Condition::Always => true,
            Condition::Exact => holds.exact,
            Condition::Reputation => holds.reputation,
            Condition::Evolution => holds.evolution,
            Condition::OnLattice => holds.lattice,
            Condition::OnIslands => holds.islands,
            Condition::Strategies => holds.strategies,
        };
        match self.cell {
            _ if !exists => Vec::new(),
            OwnCell::One(cell) => vec![(self.name.to_owned(), Box::new(cell))],
            OwnCell::PerTerm(cell) => {
                let of = |&(number, term): &(usize, &str)| -> (String, Cell<T>) {
                    (self.name.replace(TERM, term), Box::new(move |row: &T::Row<'_>| cell(row, number)))
                };
                terms.iter().map(of).collect()
            }
        }
    }
}

/// What the cells of a column hold, by meaning: a column of numbers may happen to hold whole ones. Any cell may be
/// empty, which says that there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whole numbers from 0.
    Whole,
    /// Numbers.
    Number,
    /// Words.
    Text,
}

/// The description of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Described<'a> {
    /// File of the table.
    pub table: &'static str,
    /// Name of the column; `reward_<term>` stands for one per reward term.
    pub name: &'a str,
    /// What its cells hold.
    pub kind: Kind,
    /// Its meaning, as Markdown.
    pub meaning: &'a str,
}

impl Described<'_> {
    /// The term that the column `name` belongs to, if this is the entry for the columns of all terms.
    pub fn term<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (before, after) = self.name.split_once(TERM)?;
        name.strip_prefix(before)?.strip_suffix(after)
    }

    /// Whether this entry covers a column called `name`.
    pub fn covers(&self, name: &str) -> bool {
        self.name == name || self.term(name).is_some()
    }
}

/// The columns of a table.
pub(super) fn describe<'a, T: Table>() -> impl Iterator<Item = Described<'a>> {
    T::COLUMNS.iter().map(|column| {
        let Column { name, meaning, kind, .. } = *column;
        Described { table: T::FILE, name, kind, meaning }
    })
}
