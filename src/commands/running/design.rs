//! What `sim sweep` says of a design: its size, its runs, the register beside them, and what came of its cells.

use crate::commands::terminal::table::{Align, table};
use crate::compare;
use crate::run::sweep::{Design, Event, Register, Seeds, State, Sweep, labels};
use crate::run::{Factors, RunError};
use crate::text::counted;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Least time between two writings of the register of a design.
const REGISTERED: Duration = Duration::from_secs(2);
/// Writing it, for which the runs of others are looked at, may take at most this part of a sweep's time: one in this
/// many.
const SHARE: u32 = 50;

/// How large the design is.
pub(in crate::commands) fn size(design: &Design, cells: usize, seeds: &Seeds) -> String {
    format!("{}: {}; the first cell is shown above", design.kind, runs(cells, seeds.all().len()))
}

/// `6 cells × 2 seeds = 12 runs`.
pub(in crate::commands) fn runs(cells: usize, seeds: usize) -> String {
    format!("{} × {} = {}", counted(cells, "cell"), counted(seeds, "seed"), counted(cells * seeds, "run"))
}

/// Every run of a design, and what is done already.
pub(in crate::commands) fn design_table(sweep: &Sweep) -> String {
    let labels = labels_of(sweep.factors(0));
    let mut heads: Vec<(&str, Align)> = labels.iter().map(|label| (label.as_str(), Align::Left)).collect();
    heads.extend([("seed", Align::Right), ("state", Align::Left), ("folder", Align::Tail)]);
    let row = |number: usize| {
        let slot = &sweep.slots[number];
        let state = match &slot.state {
            State::Fresh => "to be run".to_owned(),
            State::Unfinished(_) => format!("to be {}", if slot.resumes() { "resumed" } else { "restarted" }),
            State::Done(_) => "done".to_owned(),
        };
        let folder = slot.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let values = sweep.factors(number).0.iter().map(|(_, value)| value.clone());
        values.chain([slot.seed.to_string(), state, folder]).collect()
    };
    let rows: Vec<Vec<String>> = (0..sweep.slots.len()).map(row).collect();
    let done = sweep.slots.iter().filter(|slot| slot.is_done()).count();
    let runs = counted(sweep.slots.len(), "run");
    let are = if sweep.slots.len() == 1 { "is" } else { "are" };
    format!("{}{done} of {runs} {are} done.", table(&heads, &rows))
}

/// Short words for what is varied.
fn labels_of(factors: &Factors) -> Vec<String> {
    let paths: Vec<&str> = factors.0.iter().map(|(path, _)| path.as_str()).collect();
    labels(&paths)
}

/// Keeps the register of a design; of a sweep that varies nothing, none.
pub(in crate::commands) struct Keeper(Option<Mutex<Kept>>);

struct Kept {
    register: Register,
    /// When it is written next.
    due: Instant,
}

impl Keeper {
    /// Keeps none.
    pub(in crate::commands) fn none() -> Self {
        Self(None)
    }

    /// Writes the register as it stands before anything is run.
    pub(in crate::commands) fn new(sweep: &Sweep) -> Result<Self, RunError> {
        if sweep.factors(0).is_empty() {
            return Ok(Self(None));
        }
        let register = Register::of(sweep);
        register.write()?;
        Ok(Self(Some(Mutex::new(Kept { register, due: Instant::now() + REGISTERED }))))
    }

    /// Notes what happens to a run.
    pub(in crate::commands) fn note(&self, event: &Event) {
        let Some(kept) = &self.0 else { return };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { number } => kept.register.begin(*number),
            Event::Ended { number, outcome } => kept.register.end(*number, outcome),
        }
        let begun = Instant::now();
        if begun >= kept.due {
            // If it cannot be written now, it is written at the end, or that fails and is told.
            let _ = kept.register.write();
            kept.due = Instant::now() + REGISTERED.max(begun.elapsed() * SHARE);
        }
    }

    /// Writes the register as it stands.
    pub(in crate::commands) fn close(&self) -> Result<(), RunError> {
        let Some(kept) = &self.0 else { return Ok(()) };
        kept.lock().unwrap_or_else(PoisonError::into_inner).register.write()
    }
}

/// What is shown of each cell: columns of the table of all agents together.
const OF_CELLS: [&str; 2] = ["cooperation_rate", "collective_payoff"];

/// The finished runs of a cell.
pub(in crate::commands) struct Cell {
    /// What is varied in it.
    pub(in crate::commands) factors: Factors,
    /// Their folders.
    pub(in crate::commands) runs: Vec<PathBuf>,
}

/// The last tenth of the ticks of every cell, over the seeds that are done.
pub(in crate::commands) fn cells_table(cells: &[Cell]) -> Result<String, compare::CompareError> {
    let Some(first) = cells.first() else { return Ok("No run is done.".into()) };
    let labels = labels_of(&first.factors);
    let mut heads: Vec<(&str, Align)> = labels.iter().map(|label| (label.as_str(), Align::Left)).collect();
    heads.extend([("seeds", Align::Right), ("cooperation", Align::Right), ("collective payoff", Align::Right)]);
    let mut rows = Vec::new();
    for Cell { factors, runs } in cells {
        let comparison = compare::compare(runs, &compare::Options::default())?;
        let estimate = |column: &str| {
            let row = comparison.rows.iter().find(|row| row.key.table == compare::OUTCOMES && row.key.column == column);
            row.map_or_else(|| "-".to_owned(), |row| estimate(&row.estimate))
        };
        let values = factors.0.iter().map(|(_, value)| value.clone());
        rows.push(values.chain([runs.len().to_string()]).chain(OF_CELLS.map(estimate)).collect::<Vec<String>>());
    }
    Ok(format!("{}Last tenth of the ticks: mean over seeds ± half of the 95 % interval", table(&heads, &rows)))
}

/// A mean and half its interval, as far as they exist.
fn estimate(estimate: &compare::Estimate) -> String {
    match (estimate.mean.is_nan(), estimate.half_width.is_nan()) {
        (true, _) => "-".to_owned(),
        (false, true) => format!("{:.3}", estimate.mean),
        (false, false) => format!("{:.3} ± {:.3}", estimate.mean, estimate.half_width),
    }
}
