//! What commands that draw, export or compare know of columns and strategies.

use crate::evaluate::described;
use crate::metrics::{Columns, Described, built_in, memory_one_strategies};
use crate::report::Words;

/// What a report says about columns and strategies.
pub(in crate::commands) const WORDS: Words = Words { meaning, strategies: || memory_one_strategies().collect() };

/// What a column of `table` means; `None` for one that a plugin added.
fn meaning(table: &str, column: &str) -> Option<String> {
    let known = built_in().find(|known| known.table == table && known.covers(column));
    known.map(|known| known.meaning.to_string())
}

/// The columns of all tables, those that plugins `added` included.
pub(in crate::commands) fn known(added: &Columns) -> Vec<Described<'_>> {
    built_in().chain(described()).chain(added.described()).collect()
}
