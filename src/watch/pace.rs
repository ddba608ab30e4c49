//! How fast a run goes, from what its manifests say one after the other.

use std::collections::VecDeque;

/// Manifests that the speed is taken from: about a minute of the run.
const SEEN_MAX: usize = 8;

/// The speed of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pace {
    /// Ticks and seconds of the last manifests, oldest first.
    seen: VecDeque<(u64, f64)>,
}

impl Pace {
    /// Notes the ticks and seconds that a manifest says.
    pub(super) fn note(&mut self, ticks: u64, seconds: f64) {
        match self.seen.back() {
            Some(last) if *last == (ticks, seconds) => return,
            // It has resumed from an earlier tick.
            Some((last, _)) if ticks < *last => self.seen.clear(),
            _ => {}
        }
        self.seen.push_back((ticks, seconds));
        if self.seen.len() > SEEN_MAX {
            self.seen.pop_front();
        }
    }

    /// Ticks per second: lately if that is known, else since the run began; `None` before its first tick.
    pub(super) fn per_second(&self) -> Option<f64> {
        let ((first, then), (last, now)) = (self.seen.front()?, self.seen.back()?);
        let lately = (last - first) as f64 / (now - then);
        let since_the_start = *last as f64 / now;
        [lately, since_the_start].into_iter().find(|speed| speed.is_finite() && *speed > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_that_of_late() {
        let mut pace = Pace::default();
        assert_eq!(pace.per_second(), None);
        pace.note(0, 0.0);
        assert_eq!(pace.per_second(), None);
        pace.note(10, 20.0);
        assert_eq!(pace.per_second(), Some(0.5));
        pace.note(10, 20.0);
        for step in 1..20 {
            pace.note(10 + 10 * step, 20.0 + 10.0 * step as f64);
        }
        assert_eq!(pace.per_second(), Some(1.0), "the slow start is over");
        pace.note(100, 250.0);
        assert_eq!(pace.per_second(), Some(0.4), "it has resumed, and only this is known");
    }
}
