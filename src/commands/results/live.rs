//! What is made of a run while it goes on: its report, and event files.

use super::words::{WORDS, known};
use crate::cli::ExportFormat;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, fail};
use crate::export::ExportError;
use crate::export::tensorboard::Follower;
use crate::metrics::Columns;
use crate::report;
use crate::run::{Pace, Watch};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Least age of the report of a run in progress before it is drawn again.
const REDRAW: Duration = Duration::from_secs(30);
/// The report is drawn this soon for the first time.
const FIRST: Duration = Duration::from_secs(5);
/// Drawing may take one part in this many of a run's time.
const SHARE: u32 = 50;

/// Draws the report of a run while it runs.
pub(in crate::commands) struct Redrawing {
    folder: PathBuf,
    state: Mutex<State>,
}

/// How far drawing has come.
struct State {
    /// When the report is drawn next.
    next: Instant,
    /// Whether it has been drawn.
    is_drawn: bool,
}

impl Redrawing {
    /// For the run in `folder`, which begins now.
    pub(in crate::commands) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            state: Mutex::new(State { next: Instant::now() + FIRST, is_drawn: false }),
        }
    }

    /// Draws the report if it is time: rarely, and more rarely where drawing takes long.
    pub(in crate::commands) fn pass(&self, pace: &Pace) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        if pace.done > pace.first && begun >= state.next {
            // Whatever prevents it now is told at the run's end, when the report is drawn for good.
            state.is_drawn |= report::write(&self.folder, WORDS).is_ok();
            state.next = Instant::now() + REDRAW.max(begun.elapsed() * SHARE);
        }
    }

    /// Draws it again, if it has been drawn, for a run that ends before its time: what is there says that the run is in
    /// progress.
    pub(in crate::commands) fn stop(&self) {
        if self.state.lock().unwrap_or_else(PoisonError::into_inner).is_drawn {
            // The reason why the run ended is what has to be told.
            let _ = report::write(&self.folder, WORDS);
        }
    }
}

/// Writes event files while a run goes on.
#[derive(Clone)]
pub(in crate::commands) struct Logger(Arc<Mutex<Logging>>);

struct Logging {
    follower: Follower,
    /// The first failure, after which nothing is written.
    failure: Option<ExportError>,
}

impl Logger {
    /// A logger of the run in `folder`.
    pub(in crate::commands) fn new(folder: &Path, added: &Columns) -> Self {
        let into = folder.join(ExportFormat::Tensorboard.folder());
        let follower = Follower::new(folder, &into, &known(added));
        Self(Arc::new(Mutex::new(Logging { follower, failure: None })))
    }

    /// A watch that tells `other`, and writes events when a tick is over.
    pub(in crate::commands) fn watch(&self, other: Watch) -> Watch {
        let logger = self.clone();
        Watch::new(move |pace: &Pace, cooperation: f64| {
            other.tell(pace, || cooperation);
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
    pub(in crate::commands) fn finish(&self) -> u8 {
        self.follow();
        let logging = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logging.failure.as_ref().map_or(DONE, fail)
    }
}
