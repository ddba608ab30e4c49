//! `sim report`.

use super::exit::DONE;
use super::folder::check_that_it_is_a_run;
use super::print::fail;
use super::print::out;
use crate::metrics::{built_in, memory_one_strategies};
use crate::report::{self, Words};
use std::path::Path;

/// What a report says about columns and strategies.
pub(super) const WORDS: Words = Words { meaning, strategies: || memory_one_strategies().collect() };

pub(super) fn execute(run: &Path) -> u8 {
    if let Err(problem) = check_that_it_is_a_run(run, "strategy_evolution.csv") {
        return fail(problem);
    }
    match report::write(run, WORDS) {
        Ok(path) => {
            out!("{}", path.display());
            DONE
        }
        Err(error) => fail(error),
    }
}

/// What a column of `table` means; `None` for one that a plugin added.
fn meaning(table: &str, column: &str) -> Option<String> {
    let known = built_in().find(|known| known.table == table && known.covers(column));
    known.map(|known| known.meaning.to_string())
}
