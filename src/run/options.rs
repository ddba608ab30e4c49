//! How a run is requested, and how it ended.

use super::Factors;
use super::manifest::HaltedEntry;
use super::pace::Pace;
use crate::llm::engine::machine::Backend;
use crate::metrics::Summary;
use crate::remote::Budget;
use crate::world::{Progress, Ranks};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How to run, apart from the scenario.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Where to write; `None`: nowhere.
    pub out: Option<PathBuf>,
    /// Worker threads; `None`: one per core.
    pub threads: Option<usize>,
    /// What the base model runs on.
    pub backend: Backend,
    /// Where progress is shown.
    pub progress: Progress,
    /// What is told of every tick.
    pub watch: Watch,
    /// Least time between two checkpoints; `None` if none are written. Results do not depend on it.
    pub checkpoints: Option<Duration>,
    /// Whether to continue an unfinished run of this scenario that lies in `out`, instead of refusing to write there.
    pub resume: bool,
    /// A recording of servers' replies, or the folder of a run with one, that is played instead of asking servers.
    pub replay: Option<PathBuf>,
    /// Bytes of memory that the run may count on, in place of what is free on this machine.
    pub memory: Option<u64>,
    /// What may be spent on requests to servers, in place of what the scenario says.
    pub budget: Budget,
    /// Stops the run after the current tick, with a checkpoint if any are written.
    pub interrupt: Interrupt,
    /// What a design sets in the scenario, for the manifest.
    pub factors: Factors,
    /// The processes that play the run together. The first of them writes; `out` is of no account on the others.
    pub ranks: Ranks,
}

/// A function that is told how a run stands: ticks done and time, and the cooperative share of the last tick's legal
/// actions, which is NaN before the first tick, or if there were none.
type Watcher = dyn Fn(&Pace, f64) + Send + Sync;

/// Is told, before the first tick and after every tick, how a run stands.
#[derive(Clone, Default)]
pub struct Watch(Option<Arc<Watcher>>);

impl Watch {
    /// A watch that tells `watcher`.
    pub fn new(watcher: impl Fn(&Pace, f64) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watcher)))
    }

    /// Tells the watcher.
    pub fn tell(&self, pace: &Pace, cooperation: impl FnOnce() -> f64) {
        if let Some(watcher) = &self.0 {
            watcher(pace, cooperation());
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Watch({})", if self.0.is_some() { "somebody" } else { "nobody" })
    }
}

/// A request to stop, shared by those that make it and those that heed it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<InterruptState>);

#[derive(Debug, Default)]
struct InterruptState {
    is_requested: AtomicBool,
    /// Runs that are playing their ticks.
    playing: AtomicUsize,
}

impl Interrupt {
    /// Makes the request; returns whether it had already been made.
    pub fn request(&self) -> bool {
        self.0.is_requested.swap(true, Ordering::Relaxed)
    }

    /// Whether it has been made.
    pub fn is_requested(&self) -> bool {
        self.0.is_requested.load(Ordering::Relaxed)
    }

    /// Whether ticks are being played. Before that the model is found and loaded, and reads its prompts.
    pub fn is_playing(&self) -> bool {
        self.0.playing.load(Ordering::Relaxed) > 0
    }

    /// Says that ticks are being played, for as long as the returned value lives.
    pub(super) fn playing(&self) -> Playing {
        self.0.playing.fetch_add(1, Ordering::Relaxed);
        Playing(self.clone())
    }
}

/// Says, while it lives, that ticks are being played.
pub(super) struct Playing(Interrupt);

impl Drop for Playing {
    fn drop(&mut self) {
        self.0.0.playing.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished {
    /// First and last tick.
    pub summary: Summary,
    /// Agents whose learning an error stopped.
    pub halted: Vec<HaltedEntry>,
    /// Wall time, earlier parts of the run included.
    pub seconds: f64,
    /// The tick from which it resumed; `None` if it was run from its start.
    pub resumed_at: Option<u32>,
}
