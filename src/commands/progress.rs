//! How far a run has come: a bar if people look at standard error, a line now and then if it goes to a file.

use super::print::err;
use crate::run::{Headway, Pace, Watch};
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
pub(super) struct Display {
    /// Hidden if standard error is not a terminal.
    pub(super) bar: ProgressBar,
    headway: Arc<Mutex<Option<Headway>>>,
    /// When the last line was written; `None` if there is none yet.
    last_line: Arc<Mutex<Option<Instant>>>,
}

impl Display {
    /// A display that shows nothing until something is counted.
    pub(super) fn new() -> Self {
        let headway = Arc::new(Mutex::new(None::<Headway>));
        let known = headway.clone();
        let rest = move |_: &ProgressState, out: &mut dyn Write| {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Headway { pace, cooperation }) = &*known else { return };
            // indicatif's own estimate drops while a long tick stands still, and jumps when it is over.
            if let Some(left) = pace.left() {
                let _ = write!(out, ", {} left", readable(left));
            }
            if cooperation.is_finite() {
                let _ = write!(out, ", coop. {cooperation:.2}");
            }
        };
        let style = style("{prefix}{msg:14} {bar:20} {percent:>3}%  {elapsed} elapsed{rest}").with_key("rest", rest);
        Self { bar: ProgressBar::new(0).with_style(style), headway, last_line: Arc::default() }
    }

    /// The bar, for code that counts slow steps.
    pub(super) fn progress(&self) -> Progress {
        Progress(self.bar.clone())
    }

    /// A watch that shows every step it is told of.
    pub(super) fn watch(&self) -> Watch {
        let display = self.clone();
        Watch::new(move |headway| display.show(headway))
    }

    /// From now on shows the time that `pace` leaves, if there is a bar.
    pub(super) fn time_left(&self, pace: &Pace) {
        self.keep(Headway { pace: pace.clone(), cooperation: f64::NAN });
    }

    fn keep(&self, headway: Headway) {
        *self.headway.lock().unwrap_or_else(PoisonError::into_inner) = Some(headway);
    }

    /// Shows how the run stands.
    pub(super) fn show(&self, headway: &Headway) {
        self.keep(headway.clone());
        if std::io::stderr().is_terminal() || headway.pace.done == headway.pace.first {
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= BETWEEN_LINES) {
            err!("{}", line(headway));
            *last = Some(Instant::now());
        }
    }
}

/// One line: how many ticks are done, what the last one brought, in what time, and how much longer it will take.
fn line(Headway { pace, cooperation }: &Headway) -> String {
    let percent = 100 * u64::from(pace.done) / u64::from(pace.all.max(1));
    let cooperation = if cooperation.is_finite() { format!(", cooperation {cooperation:.2}") } else { String::new() };
    let left = pace.left().map_or_else(String::new, |left| format!(", {} left", readable(left)));
    let elapsed = readable(pace.elapsed());
    format!("tick {} of {} done ({percent} %){cooperation}, {elapsed} elapsed{left}", pace.done, pace.all)
}

/// `4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
pub(super) fn readable(time: Duration) -> String {
    let seconds = time.as_secs();
    let two = |size: u64, unit: &str, small: u64, small_unit: &str| {
        format!("{} {unit} {} {small_unit}", seconds / size, seconds % size / small)
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => two(60, "min", 1, "s"),
        3600..86_400 => two(3600, "h", 60, "min"),
        _ => two(86_400, "d", 3600, "h"),
    }
}

/// The same for times that may be short: `0.3 ms`, `12 ms`, `4.2 s`.
pub(super) fn brief(seconds: f64) -> String {
    match seconds {
        ..0.00995 => format!("{:.1} ms", 1000.0 * seconds),
        ..0.9995 => format!("{:.0} ms", 1000.0 * seconds),
        ..59.95 => format!("{seconds:.1} s"),
        _ => readable(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
    }
}

/// A bar of answers, which all take the same time.
pub(super) fn answers() -> ProgressBar {
    ProgressBar::new(0).with_style(style("{prefix}{msg:14} {bar:40} {percent:>3}%  {elapsed} elapsed, {eta} left"))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable() {
        let cases = [(0, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")];
        for (seconds, text) in cases {
            assert_eq!(readable(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn short_times_are_brief() {
        let cases = [(0.0003, "0.3 ms"), (0.012, "12 ms"), (4.21, "4.2 s"), (59.99, "59 s"), (200.0, "3 min 20 s")];
        for (seconds, text) in cases {
            assert_eq!(brief(seconds), text);
        }
        assert!(brief(f64::INFINITY).contains(" d "));
    }

    #[test]
    fn a_line_says_how_far_it_is() {
        let mut pace = Pace::new(3, 6);
        pace.pass();
        let line = |cooperation| line(&Headway { pace: pace.clone(), cooperation });
        assert_eq!(line(0.529), "tick 4 of 6 done (66 %), cooperation 0.53, 0 s elapsed, 0 s left");
        assert_eq!(line(f64::NAN), "tick 4 of 6 done (66 %), 0 s elapsed, 0 s left");
    }
}
