//! All tables of a run, and the meanings of their columns.

use super::column::{Described, describe};
use super::evolution::Evolution;
use super::generations::Generations;
use super::lineages::{Genealogy, Types};
use super::moves::{Messages, Moves};
use super::outcomes::Outcomes;
use super::pairs::Pairs;
use super::selections::Selections;

/// Every column of this crate's tables, table by table.
pub fn built_in<'a>() -> impl Iterator<Item = Described<'a>> {
    let both = describe::<Evolution>().chain(describe::<Outcomes>());
    let rounds = describe::<Moves>().chain(describe::<Messages>()).chain(describe::<Generations>());
    let evolved = describe::<Types>().chain(describe::<Genealogy>());
    both.chain(rounds).chain(describe::<Pairs>()).chain(describe::<Selections>()).chain(evolved)
}

/// Whether some table of this crate has a column called `name`.
pub fn is_built_in(name: &str) -> bool {
    built_in().any(|column| column.covers(name))
}
