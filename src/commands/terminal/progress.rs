//! How far a run has come: a bar if people look at standard error, a line now and then if it goes to a file.

use super::print::err;
use super::time;
use crate::run::{Pace, Watch};
use crate::world::Progress;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Least time between two lines.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// A bar, or lines, of ticks.
#[derive(Clone)]
pub(in crate::commands) struct Display {
    /// Hidden if standard error is not a terminal.
    pub(in crate::commands) bar: ProgressBar,
    /// Ticks done, and the cooperative share of the last tick.
    known: Arc<Mutex<Option<(Pace, f64)>>>,
    /// When the last line was written; `None` if there is none yet.
    last_line: Arc<Mutex<Option<Instant>>>,
}

impl Display {
    /// A display that shows nothing until something is counted.
    pub(in crate::commands) fn new() -> Self {
        let known = Arc::new(Mutex::new(None::<(Pace, f64)>));
        let shown = known.clone();
        let rest = move |_: &ProgressState, out: &mut dyn Write| {
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            let Some((pace, cooperation)) = &*shown else { return };
            // indicatif's own estimate drops while a long tick stands still, and jumps when it is over.
            if let Some(left) = pace.left() {
                let _ = write!(out, ", {} left", time::long(left));
            }
            if cooperation.is_finite() {
                let _ = write!(out, ", coop. {cooperation:.2}");
            }
        };
        let style = style("{prefix}{msg:14} {bar:20} {percent:>3}%  {elapsed} elapsed{rest}").with_key("rest", rest);
        Self { bar: ProgressBar::new(0).with_style(style), known, last_line: Arc::default() }
    }

    /// The bar, for code that counts slow steps.
    pub(in crate::commands) fn progress(&self) -> Progress {
        Progress(self.bar.clone())
    }

    /// A watch that shows every step it is told of.
    pub(in crate::commands) fn watch(&self) -> Watch {
        let display = self.clone();
        Watch::new(move |pace, cooperation| display.show(pace, cooperation))
    }

    /// From now on shows the time that `pace` leaves, if there is a bar.
    pub(in crate::commands) fn time_left(&self, pace: &Pace) {
        self.keep(pace, f64::NAN);
    }

    fn keep(&self, pace: &Pace, cooperation: f64) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((pace.clone(), cooperation));
    }

    /// Shows how the run stands, with the cooperative share of its last tick.
    pub(in crate::commands) fn show(&self, pace: &Pace, cooperation: f64) {
        self.keep(pace, cooperation);
        if std::io::stderr().is_terminal() || pace.done == pace.first {
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= BETWEEN_LINES) {
            err!("{}", line(pace, cooperation));
            *last = Some(Instant::now());
        }
    }
}

/// One line: how many ticks are done, what the last one brought, in what time, and how much longer it will take.
fn line(pace: &Pace, cooperation: f64) -> String {
    let percent = 100 * u64::from(pace.done) / u64::from(pace.all.max(1));
    let cooperation = if cooperation.is_finite() { format!(", cooperation {cooperation:.2}") } else { String::new() };
    let left = pace.left().map_or_else(String::new, |left| format!(", {} left", time::long(left)));
    let elapsed = time::long(pace.elapsed());
    format!("tick {} of {} done ({percent} %){cooperation}, {elapsed} elapsed{left}", pace.done, pace.all)
}

/// A bar of answers, which all take the same time.
pub(in crate::commands) fn answers() -> ProgressBar {
    ProgressBar::new(0).with_style(style("{prefix}{msg:14} {bar:40} {percent:>3}%  {elapsed} elapsed, {eta} left"))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let mut pace = Pace::new(3, 6);
        pace.pass();
        let line = |cooperation| line(&pace, cooperation);
        assert_eq!(line(0.529), "tick 4 of 6 done (66 %), cooperation 0.53, 0 s elapsed, 0 s left");
        assert_eq!(line(f64::NAN), "tick 4 of 6 done (66 %), 0 s elapsed, 0 s left");
    }
}
