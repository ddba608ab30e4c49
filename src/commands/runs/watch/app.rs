//! What is being looked at, and what keys change about it.

use crate::watch::{Measure, Run, Runs};
use std::time::{Duration, Instant};

/// Time between two looks at files.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// The same at all runs of a list.
const BETWEEN_LISTS: Duration = Duration::from_secs(3);
/// How long files are read before the screen is drawn again.
const READING: Duration = Duration::from_millis(100);
/// The column that is shown first.
const FIRST: &str = "cooperation_rate";

/// A key that does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Quit,
    Back,
    Open,
    Up,
    Down,
    Left,
    Right,
}

/// A list of runs, or one of them.
#[derive(Debug)]
pub(super) struct App {
    runs: Runs,
    /// Which run of the list is marked.
    pub(super) marked: usize,
    run: Option<Run>,
    /// The column whose curves are shown.
    shown: Option<Measure>,
    /// The first population that is shown.
    pub(super) scrolled: usize,
    pub(super) has_colour: bool,
    /// Whether there is someone to press keys.
    pub(super) has_keys: bool,
    is_more: bool,
    looked: Instant,
    listed: Instant,
}

impl App {
    /// Shows the list of `runs`, or the only one.
    pub(super) fn new(runs: Runs, has_colour: bool) -> Self {
        let run = runs.only().map(Run::open);
        let now = Instant::now();
        let is_more = run.is_some();
        Self {
            runs,
            marked: 0,
            run,
            shown: None,
            scrolled: 0,
            has_colour,
            has_keys: true,
            is_more,
            looked: now,
            listed: now,
        }
    }

    /// The list, if that is what is looked at.
    pub(super) fn listed(&self) -> Option<&Runs> {
        if self.run.is_none() { Some(&self.runs) } else { None }
    }

    /// The run that is looked at; `None`: the list is.
    pub(super) fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// Whether there is a list to go back to.
    pub(super) fn has_list(&self) -> bool {
        self.runs.only().is_none()
    }

    /// Reads what has come, if it is time; returns whether there is more to read at once.
    pub(super) fn poll(&mut self) -> bool {
        let (reads, lists) =
            (self.is_more || self.looked.elapsed() >= BETWEEN_LOOKS, self.listed.elapsed() >= BETWEEN_LISTS);
        match &mut self.run {
            Some(run) if reads => {
                self.is_more = run.poll(READING);
                self.looked = Instant::now();
            }
            None if lists => self.look(),
            _ => {}
        }
        self.is_more
    }

    /// Looks for runs that have come or gone. The mark stays on its run, or near the place of one that is gone.
    fn look(&mut self) {
        let marked = self.runs.all().get(self.marked).map(|run| run.folder.clone());
        self.runs.look();
        let runs = self.runs.all();
        let place = runs.iter().position(|run| Some(&run.folder) == marked.as_ref());
        self.marked = place.unwrap_or_else(|| self.marked.min(runs.len().saturating_sub(1)));
        self.listed = Instant::now();
    }

    /// Reads everything that there is.
    pub(super) fn catch_up(&mut self) {
        while self.poll() {}
    }

    /// Does what a key stands for; returns whether that is to end.
    pub(super) fn press(&mut self, key: Key) -> bool {
        match (key, &self.run) {
            (Key::Quit, _) => return true,
            (Key::Back, Some(_)) if self.has_list() => {
                (self.run, self.is_more) = (None, false);
                self.look();
            }
            (Key::Back, _) => return true,
            (Key::Open, None) => {
                if let Some(glance) = self.runs.all().get(self.marked) {
                    self.run = Some(Run::open(&glance.folder));
                    (self.is_more, self.scrolled) = (true, 0);
                }
            }
            (Key::Up, None) => self.marked = self.marked.saturating_sub(1),
            (Key::Down, None) => self.marked = (self.marked + 1).min(self.runs.all().len().saturating_sub(1)),
            (Key::Up, Some(_)) => self.scrolled = self.scrolled.saturating_sub(1),
            (Key::Down, Some(run)) => {
                self.scrolled = (self.scrolled + 1).min(run.now().populations.len().saturating_sub(1));
            }
            (Key::Left, Some(run)) => self.shown = self.other(run, |number, count| (number + count - 1) % count),
            (Key::Right, Some(run)) => self.shown = self.other(run, |number, count| (number + 1) % count),
            (Key::Open, Some(_)) | (Key::Left | Key::Right, None) => {}
        }
        false
    }

    /// The column whose curves are shown, its number among all that can be, and how many these are; `None` if there is
    /// none yet.
    pub(super) fn measure(&self, run: &Run) -> Option<(Measure, usize, usize)> {
        let measures = run.measures();
        let wanted = self.shown.as_ref().and_then(|shown| {
            measures.iter().position(|other| (&other.name, other.is_of_all) == (&shown.name, shown.is_of_all))
        });
        let number = wanted.or_else(|| measures.iter().position(|measure| measure.name == FIRST)).unwrap_or(0);
        Some((measures.get(number)?.clone(), number, measures.len()))
    }

    fn other(&self, run: &Run, step: impl Fn(usize, usize) -> usize) -> Option<Measure> {
        let (_, number, count) = self.measure(run)?;
        run.measures().get(step(number, count)).cloned()
    }
}
