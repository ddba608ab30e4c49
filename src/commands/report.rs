//! `sim report`.

use super::exit::DONE;
use super::folder::{check_that_it_is_a_run, check_that_they_exist};
use super::print::{already_there, fail, refuse};
use super::print::{err, out};
use crate::cli::ReportArgs;
use crate::metrics::{built_in, memory_one_strategies};
use crate::report::{self, Words};
use crate::run::Pace;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a report says about columns and strategies.
pub(super) const WORDS: Words = Words { meaning, strategies: || memory_one_strategies().collect() };

/// The table that every run has.
const NEEDED: &str = "strategy_evolution.csv";

pub(super) fn execute(args: &ReportArgs) -> u8 {
    if let Err(problem) = check_that_they_exist(&args.folders) {
        return refuse(problem);
    }
    match (args.folders.as_slice(), &args.out) {
        ([run], None) if run.join(NEEDED).is_file() => match report::write(run, WORDS) {
            Ok(path) => {
                out!("{}", path.display());
                DONE
            }
            Err(error) => fail(error),
        },
        ([folder], None) if !folder.is_dir() => {
            refuse(check_that_it_is_a_run(folder, NEEDED).err().unwrap_or_else(|| "it is no folder".into()))
        }
        ([folder], None) => many(&args.folders, &folder.join(report::FILE)),
        (_, None) => refuse("several folders given: use --out FILE to say where to write"),
        (_, Some(path)) if path.exists() && !args.force => fail(already_there(path)),
        (folders, Some(path)) => many(folders, path),
    }
}

/// Writes one page about many runs.
fn many(folders: &[PathBuf], path: &Path) -> u8 {
    match report::write_many(folders, path, WORDS) {
        Ok(notes) => {
            for note in notes {
                err!("note: {note}");
            }
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

/// Least age of the report of a run in progress before it is drawn again.
const REDRAW: Duration = Duration::from_secs(30);
/// The report is drawn this soon for the first time.
const FIRST: Duration = Duration::from_secs(5);
/// Drawing may take at most this part of a run's time: one in this many.
const SHARE: u32 = 50;

/// Draws the report of a run while it runs.
pub(super) struct Redrawing {
    folder: PathBuf,
    /// When it is drawn next, and whether it has been drawn.
    state: Mutex<(Instant, bool)>,
}

impl Redrawing {
    /// For the run in `folder`, which begins now.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), state: Mutex::new((Instant::now() + FIRST, false)) }
    }

    /// Draws the report if it is time: rarely, and more rarely where drawing takes long.
    pub(super) fn pass(&self, pace: &Pace) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        if pace.done > pace.first && begun >= state.0 {
            // Whatever prevents it now is told at the run's end, when the report is drawn for good.
            let is_drawn = report::write(&self.folder, WORDS).is_ok();
            *state = (Instant::now() + REDRAW.max(begun.elapsed() * SHARE), state.1 || is_drawn);
        }
    }

    /// Draws it again, if it has been drawn, for a run that ends before its time: what is there says that the run is in
    /// progress.
    pub(super) fn stop(&self) {
        if self.state.lock().unwrap_or_else(PoisonError::into_inner).1 {
            // The reason why the run ended is what has to be told.
            let _ = report::write(&self.folder, WORDS);
        }
    }
}
