//! `sim export`.

use super::exit::DONE;
use super::folder::check_that_it_is_a_run;
use super::print::{already_there, fail, refuse};
use super::print::{err, out};
use crate::cli::{ExportArgs, ExportFormat};
use crate::compare::DEPTH;
use crate::evaluate::described;
use crate::export::tensorboard::Follower;
use crate::export::{ExportError, hub, parquet};
use crate::files::folders_with;
use crate::metrics::{Columns, Described, built_in};
use crate::run::{Extension, Headway, Simulation, Watch};
use crate::text::shown;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The table that every run has.
const NEEDED: &str = "strategy_evolution.csv";

pub(super) fn execute(args: &ExportArgs, extend: Extension) -> u8 {
    let runs = match runs(&args.runs) {
        Ok(runs) => runs,
        Err(problem) => return refuse(problem),
    };
    let mut targets = Vec::new();
    for run in &runs {
        let target = target(args, run);
        if targets.contains(&target) {
            let target = target.display();
            return refuse(format!("two of the runs would be written to {target}; export them one by one"));
        }
        if target.exists() && !args.force {
            return fail(already_there(&target));
        }
        targets.push(target);
    }
    let simulation = Simulation::extended(extend);
    let known = known(simulation.app.world().resource::<Columns>());
    for (run, target) in runs.iter().zip(&targets) {
        let exported = match args.format {
            ExportFormat::Parquet => parquet::export(run, target, &known).map(|_| ()),
            ExportFormat::Hub => hub::export(run, target).map(|_| ()),
            ExportFormat::Tensorboard => Follower::new(run, target, &known).follow(),
        };
        match exported {
            Ok(()) => out!("{}", target.display()),
            Err(error) => return fail(error),
        }
    }
    DONE
}

/// The runs in `folders`, each a run's folder or a folder that holds such folders. In the latter, runs without a table
/// are left out with a note; a run that is met twice is one.
fn runs(folders: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let (mut runs, mut seen) = (Vec::new(), BTreeSet::new());
    let mut add = |run: PathBuf| {
        if seen.insert(run.canonicalize().unwrap_or_else(|_| run.clone())) {
            runs.push(run);
        }
    };
    for folder in folders {
        let inside = folders_with(folder, "manifest.json", DEPTH).found;
        let (ready, bare): (Vec<PathBuf>, Vec<PathBuf>) =
            inside.into_iter().partition(|run| run.join(NEEDED).is_file());
        if folder.join(NEEDED).is_file() || ready.is_empty() {
            check_that_it_is_a_run(folder, NEEDED)?;
            add(folder.clone());
            continue;
        }
        bare.iter().for_each(|run| err!("left out: {} has no {NEEDED}", shown(&run.display().to_string())));
        ready.into_iter().for_each(&mut add);
    }
    Ok(runs)
}

/// The folder for what is made of `run`.
fn target(args: &ExportArgs, run: &Path) -> PathBuf {
    match &args.out {
        None => run.join(args.format.folder()),
        Some(out) => {
            let run = run.canonicalize().unwrap_or_else(|_| run.to_path_buf());
            out.join(run.file_name().unwrap_or_default())
        }
    }
}

/// The columns of all tables, those that plugins `added` included.
pub(super) fn known(added: &Columns) -> Vec<Described<'_>> {
    built_in().chain(described()).chain(added.described()).collect()
}

/// Writes event files while a run goes on.
#[derive(Clone)]
pub(super) struct Logger(Arc<Mutex<Logging>>);

struct Logging {
    follower: Follower,
    /// The first failure, after which nothing is written.
    failure: Option<ExportError>,
}

impl Logger {
    /// A logger of the run in `folder`.
    pub(super) fn new(folder: &Path, added: &Columns) -> Self {
        let into = folder.join(ExportFormat::Tensorboard.folder());
        let follower = Follower::new(folder, &into, &known(added));
        Self(Arc::new(Mutex::new(Logging { follower, failure: None })))
    }

    /// A watch that tells `other`, and writes events when a tick is over.
    pub(super) fn watch(&self, other: Watch) -> Watch {
        let logger = self.clone();
        Watch::new(move |headway: &Headway| {
            other.tell(&headway.pace, || headway.cooperation);
            logger.follow();
        })
    }

    fn follow(&self) {
        let mut logging = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logging.failure.is_none()
            && let Err(error) = logging.follower.follow()
        {
            // The run is worth more than its picture: it goes on, and what went wrong is said at once and at the end.
            err!("warning: no more events are written: {error}");
            logging.failure = Some(error);
        }
    }

    /// Writes what is left to write; the exit code is that of a failure if there was one.
    pub(super) fn finish(&self) -> u8 {
        self.follow();
        let logging = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logging.failure.as_ref().map_or(DONE, fail)
    }
}
