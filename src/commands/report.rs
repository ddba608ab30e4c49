//! `sim report`.

use super::exit::DONE;
use super::folder::check_that_it_is_a_run;
use super::print::fail;
use super::print::out;
use crate::metrics::is_built_in;
use std::path::Path;

pub(super) fn execute(run: &Path) -> u8 {
    if let Err(problem) = check_that_it_is_a_run(run, "strategy_evolution.csv") {
        return fail(problem);
    }
    match crate::report::write(run, is_built_in) {
        Ok(path) => {
            out!("{}", path.display());
            DONE
        }
        Err(error) => fail(error),
    }
}
