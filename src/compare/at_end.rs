//! One run at its end, averaged as a comparison averages it.

use super::CompareError;
use super::numbers::{EVOLUTION, Key, Numbers, OUTCOMES};
use super::table;
use std::path::Path;

/// Means over the last tenth of the recorded ticks of a run.
#[derive(Clone, Debug)]
pub struct AtEnd {
    /// The first and the last tick that they cover.
    pub ticks: [u64; 2],
    numbers: Numbers,
}

impl AtEnd {
    /// The mean of `column` of a population, or of all agents together if its name is empty; `None` if there is none.
    pub fn value(&self, population: &str, column: &str) -> Option<f64> {
        let table = if population.is_empty() { OUTCOMES } else { EVOLUTION };
        let (population, question) = (population.to_owned(), String::new());
        self.numbers.value(&Key { table, population, question, column: column.to_owned() })
    }
}

/// Reads the last tenth of the recorded ticks, at least one, of the run in `folder`.
///
/// # Errors
/// If a table cannot be read, or has no rows.
pub fn at_end(folder: &Path) -> Result<AtEnd, CompareError> {
    let (numbers, [window, _]) = table::read(folder, None)?;
    let ticks = [window.first_covered, window.ticks.last().copied().unwrap_or(window.first_covered)];
    Ok(AtEnd { ticks, numbers })
}
