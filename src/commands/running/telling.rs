//! What is said of the runs of a sweep while they go.

use crate::commands::terminal::print::err;
use crate::commands::terminal::progress::Display;
use crate::run::sweep::{Event, Group, Outcome, Slot, State, Sweep, in_brief};
use crate::run::{Manifest, Pace, Status};
use crate::text::shown;
use std::sync::{Mutex, PoisonError};

/// Which run this is.
pub(super) fn place(sweep: &Sweep, number: usize) -> String {
    let factors = sweep.factors(number);
    let cell = if factors.is_empty() { String::new() } else { format!("{}, ", shown(&in_brief(factors))) };
    format!("{cell}seed {} ({} of {})", sweep.slots[number].seed, number + 1, sweep.slots.len())
}

/// What is going to happen to a run.
pub(super) fn ahead(slot: &Slot) -> String {
    let path = slot.path.display();
    match &slot.state {
        State::Fresh => format!("to be run in {path}"),
        State::Unfinished(manifest) => format!("to be {} in {path}, {}", again(slot), leftovers(slot, manifest)),
        State::Done(_) => format!("done in {path}, to be skipped"),
    }
}

/// How an unfinished run is continued.
fn again(slot: &Slot) -> &'static str {
    if slot.resumes() { "resumed from its last checkpoint" } else { "restarted" }
}

/// What there is of an unfinished run.
fn leftovers(slot: &Slot, manifest: &Manifest) -> String {
    let how = match (manifest.status, &manifest.error) {
        (Status::Interrupted, _) => "was interrupted".into(),
        (_, Some(error)) => format!("failed ({error})"),
        (_, None) => "was cut off".into(),
    };
    match slot.resumes() {
        true => format!("where the run {how}"),
        false => format!("in place of a run that {how}, whose files are removed"),
    }
}

/// Says what happens to runs, and keeps the display up to date.
pub(super) struct Teller<'a> {
    sweep: &'a Sweep,
    display: &'a Display,
    /// Number of runs of the group.
    runs: usize,
    /// Runs that have ended, if they go side by side; `None`: the display counts the ticks of a single one.
    ended: Option<Mutex<Pace>>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(sweep: &'a Sweep, display: &'a Display, group: &Group, lanes: usize) -> Self {
        let runs = sweep.runs(group);
        let ended = (lanes > 1).then(|| Mutex::new(Pace::new(0, runs as u32)));
        Self { sweep, display, runs, ended }
    }

    pub(super) fn tell(&self, event: &Event) {
        match event {
            Event::Started { number } => {
                match self.ended {
                    None => self.display.bar.set_prefix(format!("{} ", place(self.sweep, *number))),
                    Some(_) => self.display.progress().start(self.runs as u64),
                }
                let slot = &self.sweep.slots[*number];
                if let State::Unfinished(manifest) = &slot.state {
                    self.say(
                        *number,
                        &format!("{} in {}, {}", again(slot), slot.path.display(), leftovers(slot, manifest)),
                    );
                }
            }
            Event::Ended { number, outcome } => {
                let path = self.sweep.slots[*number].path.display();
                let text = match outcome {
                    Outcome::Skipped(_) => format!("done before, skipped: {path}"),
                    Outcome::Ran(finished) => format!("done in {:.1} s: {path}", finished.seconds),
                    Outcome::Failed(error) => format!("error: {error}"),
                };
                self.say(*number, &text);
                if let Some(ended) = &self.ended {
                    let mut pace = ended.lock().unwrap_or_else(PoisonError::into_inner);
                    pace.pass();
                    self.display.bar.inc(1);
                    self.display.time_left(&pace);
                }
            }
        }
    }

    fn say(&self, number: usize, text: &str) {
        self.display.bar.suspend(|| err!("{}: {text}", place(self.sweep, number)));
    }
}
