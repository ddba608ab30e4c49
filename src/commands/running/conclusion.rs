//! What is left of a sweep when its runs have ended: reports, the table over seeds or cells, the exit code.

use super::design::{Cell, cells_table};
use super::telling::place;
use crate::commands::results::words::WORDS;
use crate::commands::terminal::exit::{DONE, INTERRUPTED};
use crate::commands::terminal::print::{fail, out};
use crate::compare;
use crate::files::remove_abandoned;
use crate::metrics::is_built_in;
use crate::report;
use crate::run::RunError;
use crate::run::sweep::{Outcome, REGISTER, Sweep};
use crate::text::shown;
use std::path::{Path, PathBuf};

/// Repeats what went wrong; the exit code, and the numbers of the runs that are done.
pub(super) fn judged(sweep: &Sweep, outcomes: &[Option<Outcome>]) -> (u8, Vec<usize>) {
    let (mut code, mut is_interrupted) = (DONE, false);
    let mut done = Vec::new();
    for (number, outcome) in outcomes.iter().enumerate() {
        let place = place(sweep, number);
        let halted = match outcome {
            // Its model could not be loaded, which has been said.
            None => continue,
            Some(Outcome::Skipped(halted)) => halted,
            Some(Outcome::Ran(finished)) => &finished.halted,
            Some(Outcome::Failed(error)) => {
                code = fail(format!("{place}: {error}"));
                is_interrupted |= matches!(error, RunError::Interrupted { .. });
                continue;
            }
        };
        for halted in halted {
            code = fail(format!(
                "{place}: agent {} stopped learning at tick {}: {}",
                halted.agent, halted.tick, halted.reason
            ));
        }
        done.push(number);
    }
    (if is_interrupted { INTERRUPTED } else { code }, done)
}

/// Draws the curves of every run that is done, and prints the table over seeds; the exit code, which is `code` if
/// nothing else goes wrong.
pub(super) fn conclude(sweep: &Sweep, outcomes: &[Option<Outcome>], done: &[usize], code: u8) -> u8 {
    let mut failed = None;
    remove_abandoned(&sweep.parent.join(REGISTER));
    for &number in done {
        let is_new = matches!(outcomes[number], Some(Outcome::Ran(_)));
        if let Err(error) = draw(&sweep.slots[number].path, is_new) {
            failed = Some(fail(format!("{}: {error}", place(sweep, number))));
        }
    }
    let folders: Vec<PathBuf> = done.iter().map(|&number| sweep.slots[number].path.clone()).collect();
    let table = match sweep.factors(0).is_empty() {
        true => seeds_table(&folders),
        false => design_cells(sweep, done),
    };
    match table {
        Ok(table) => out!("\n{table}"),
        Err(error) => failed = Some(fail(error)),
    }
    if let Some(page) = page(sweep, &folders) {
        match report::write_many(&folders, &page, WORDS) {
            Ok(_) => {
                remove_abandoned(&page);
                out!("\nReport over seeds: {}", page.display());
            }
            Err(error) => failed = Some(fail(error)),
        }
    }
    if code == INTERRUPTED { code } else { failed.unwrap_or(code) }
}

/// The table of a design's cells.
fn design_cells(sweep: &Sweep, done: &[usize]) -> Result<String, compare::CompareError> {
    let of_a_cell = |runs: &[usize]| Cell {
        factors: sweep.factors(runs[0]).clone(),
        runs: runs.iter().map(|&number| sweep.slots[number].path.clone()).collect(),
    };
    let cells: Vec<Cell> = done.chunk_by(|a, b| sweep.slots[*a].cell == sweep.slots[*b].cell).map(of_a_cell).collect();
    let table = cells_table(&cells)?;
    let folder = shown(&sweep.parent.display().to_string()).into_owned();
    Ok(if cells.is_empty() { table } else { format!("{table}\nRuns: {folder}/{REGISTER}") })
}

/// Writes the report of a run, unless one was already written after its end.
fn draw(folder: &Path, is_new: bool) -> Result<(), report::ReportError> {
    if is_new { report::write(folder, WORDS).map(|_| ()) } else { report::renew(folder, WORDS).map(|_| ()) }
}

/// The page about all seeds, beside their folders: the folder may hold other scenarios, so that it has the name of this
/// one. `None` if no seed is done.
fn page(sweep: &Sweep, done: &[PathBuf]) -> Option<PathBuf> {
    let parent = done.first()?.parent()?;
    Some(parent.join(format!("{}.html", sweep.cells[0].spec().name)))
}

/// The last ticks of `runs`, over seeds.
pub(in crate::commands) fn seeds_table(runs: &[PathBuf]) -> Result<String, compare::CompareError> {
    if runs.is_empty() {
        return Ok("No seed is done.".into());
    }
    let mut comparison = compare::compare(runs, &compare::Options::default())?;
    comparison.select_readable(is_built_in);
    comparison.rows.retain(|row| row.key.table != compare::OUTCOMES);
    Ok(compare::output::page(&comparison).text().trim_end().to_string())
}
