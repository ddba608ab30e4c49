//! Columns that plugins add.

use super::column::{Cell, Described, Kind, Table};
use super::evolution::{Evolution, EvolutionRow};
use super::outcomes::{OutcomeRow, Outcomes};
use super::row_file::optional;
use super::tables::built_in;
use crate::world::Factories;
use bevy_ecs::prelude::Resource;
use std::panic::Location;
use std::sync::Arc;

/// The number in a cell; `None` leaves the cell empty.
type Number<T> = dyn Fn(&<T as Table>::Row<'_>) -> Option<f64> + Send + Sync;

/// A column that a plugin adds to a table.
struct Added<T: Table> {
    name: String,
    meaning: String,
    number: Arc<Number<T>>,
    /// The place in the source code where it was added.
    place: &'static Location<'static>,
}

/// The columns that plugins add, in the order in which they were added. They come after this crate's own.
#[derive(Resource, Default)]
pub struct Columns {
    evolution: Vec<Added<Evolution>>,
    outcomes: Vec<Added<Outcomes>>,
}

impl Columns {
    /// Adds a column to `strategy_evolution.csv`.
    #[track_caller]
    pub fn add_to_evolution(
        &mut self,
        name: &str,
        meaning: &str,
        number: impl Fn(&EvolutionRow) -> Option<f64> + Send + Sync + 'static,
    ) {
        self.evolution.push(Added::new(name, meaning, Arc::new(number)));
    }

    /// Adds a column to `social_outcomes.csv`.
    #[track_caller]
    pub fn add_to_outcomes(
        &mut self,
        name: &str,
        meaning: &str,
        number: impl Fn(&OutcomeRow) -> Option<f64> + Send + Sync + 'static,
    ) {
        self.outcomes.push(Added::new(name, meaning, Arc::new(number)));
    }

    /// Describes the added columns.
    pub fn described(&self) -> impl Iterator<Item = Described<'_>> {
        self.evolution.iter().map(Added::described).chain(self.outcomes.iter().map(Added::described))
    }

    /// A sentence, naming both places, for every name that cannot be a column's or that another column already has.
    pub fn conflicts(&self, offered: &Factories) -> Vec<String> {
        let mut conflicts = Vec::new();
        let places = self.evolution.iter().map(|column| column.place);
        let places = places.chain(self.outcomes.iter().map(|column| column.place));
        let all: Vec<_> = self.described().zip(places).collect();
        for (index, (column, place)) in all.iter().enumerate() {
            let Described { table, name, .. } = column;
            let is_same = |(other, _): &&(Described, _)| (other.table, other.name) == (*table, *name);
            if !is_name(name) {
                conflicts.push(format!(
                    "`{}`, added at {place}, is no name for a column: expected lower-case letters, digits and \
                     underscores, a letter first; rename it",
                    name.escape_debug()
                ));
            } else if let Some(own) = built_in().find(|own| own.covers(name)) {
                conflicts.push(match own.term(name).and_then(|term| Some((term, offered.terms.get(term)?))) {
                    Some((term, offer)) => format!(
                        "the column `{name}`, added at {place}, has the name of the column of the reward term `{term}`, \
                         added at {}; rename one of them",
                        offer.added()
                    ),
                    None => format!(
                        "the column `{name}`, added at {place}, has the name of a column of sim itself: `{}` of {}; \
                         rename it",
                        own.name, own.table
                    ),
                });
            } else if let Some((_, earlier)) = all[..index].iter().find(is_same) {
                conflicts.push(format!(
                    "two plugins add a column called `{name}` to {table}: one added at {earlier}, the other at {place}; \
                     rename one of them"
                ));
            }
        }
        conflicts
    }

    /// The added columns of `strategy_evolution.csv`, for a table that is being opened.
    pub(super) fn evolution(&self) -> impl Iterator<Item = (String, Cell<Evolution>)> {
        self.evolution.iter().map(Added::open)
    }

    /// The added columns of `social_outcomes.csv`, for a table that is being opened.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (String, Cell<Outcomes>)> {
        self.outcomes.iter().map(Added::open)
    }
}

impl<T: Table> Added<T> {
    #[track_caller]
    fn new(name: &str, meaning: &str, number: Arc<Number<T>>) -> Self {
        Self { name: name.to_owned(), meaning: meaning.to_owned(), number, place: Location::caller() }
    }

    fn described(&self) -> Described<'_> {
        Described { table: T::FILE, name: &self.name, kind: Kind::Number, meaning: &self.meaning }
    }

    /// The name and the cell. A value that is not a number, or is infinite, leaves the cell empty.
    fn open(&self) -> (String, Cell<T>) {
        let number = self.number.clone();
        (self.name.clone(), Box::new(move |row| optional(number(row).filter(|value| value.is_finite()))))
    }
}

/// Whether `name` can be the name of a column.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken_or_are_none_are_refused_with_both_places() {
        let mut offered = Factories::default();
        offered.add_term("envy", "Pays for being ahead.", |_: u32, _, _| Ok(()));
        let mut columns = Columns::default();
        for name in ["trust", "payoff_mean", "seen_own", "reward_envy", "reward_love", "trust", "Trust", "a,b", ""] {
            columns.add_to_evolution(name, "Some number.", |_| Some(1.0));
        }
        // A name in another table is no conflict.
        columns.add_to_outcomes("trust", "Some number.", |_| Some(1.0));
        let conflicts = columns.conflicts(&offered);
        let expected = [
            "`payoff_mean` of strategy_evolution.csv",
            "`seen_own` of moves.csv",
            "the column of the reward term `envy`, added at",
            "`reward_<term>` of strategy_evolution.csv",
            "two plugins add a column called `trust` to strategy_evolution.csv: one added at",
            "`Trust`, added at",
            "`a,b`, added at",
            "``, added at",
        ];
        assert_eq!(conflicts.len(), expected.len(), "{conflicts:#?}");
        for (conflict, expected) in conflicts.iter().zip(expected) {
            assert!(conflict.contains(expected), "{conflict}");
            let both = usize::from(expected.contains("envy") || expected.contains("trust"));
            assert_eq!(conflict.matches(file!()).count(), 1 + both, "{conflict}");
        }
    }
}
