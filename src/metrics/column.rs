//! A column of a table, from which come its place in the header, its cells, and what the documents say of it.

/// A table of a run.
pub(super) trait Table: Sized + 'static {
    /// Name of its file.
    const FILE: &'static str;
    /// Its columns, in order.
    const COLUMNS: &'static [Column<Self>];
    /// What a row is made of.
    type Row<'a>;
}

/// An entry of a table's list of columns.
pub(super) struct Column<T: Table> {
    name: &'static str,
    meaning: &'static str,
    cell: OwnCell<T>,
    if_exact: bool,
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

/// What stands for a term in the name of a column that there is one of per term.
const TERM: &str = "<term>";

impl<T: Table> Column<T> {
    /// A column called `name`. `meaning` goes on after "name: "; it is Markdown.
    pub(super) const fn new(name: &'static str, meaning: &'static str, cell: fn(&T::Row<'_>) -> String) -> Self {
        Self { name, meaning, cell: OwnCell::One(cell), if_exact: false }
    }

    /// A column for each reward term; `<term>` in `name` stands for its name.
    pub(super) const fn per_term(
        name: &'static str,
        meaning: &'static str,
        cell: fn(&T::Row<'_>, usize) -> String,
    ) -> Self {
        Self { name, meaning, cell: OwnCell::PerTerm(cell), if_exact: false }
    }

    /// A column of runs with `output: (exact: true)` alone.
    pub(super) const fn exact(name: &'static str, meaning: &'static str, cell: fn(&T::Row<'_>) -> String) -> Self {
        Self { name, meaning, cell: OwnCell::One(cell), if_exact: true }
    }

    /// The columns that this entry is in a run with these terms, as (number, name).
    pub(super) fn open(&self, terms: &[(usize, &str)], with_exact: bool) -> Vec<(String, Cell<T>)> {
        match self.cell {
            _ if self.if_exact && !with_exact => Vec::new(),
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

/// What there is to say of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described<'a> {
    /// File of the table.
    pub table: &'static str,
    /// Name of the column; `reward_<term>` stands for one per reward term.
    pub name: &'a str,
    /// What it means, as Markdown.
    pub meaning: &'a str,
}

impl Described<'_> {
    /// The term whose column `name` is, if this is the entry of all terms' columns.
    pub fn term<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (before, after) = self.name.split_once(TERM)?;
        name.strip_prefix(before)?.strip_suffix(after)
    }

    /// Whether `name` may be a column by this entry.
    pub fn covers(&self, name: &str) -> bool {
        self.name == name || self.term(name).is_some()
    }
}

/// The columns of a table.
pub(super) fn describe<'a, T: Table>() -> impl Iterator<Item = Described<'a>> {
    T::COLUMNS.iter().map(|column| Described { table: T::FILE, name: column.name, meaning: column.meaning })
}
