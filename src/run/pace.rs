//! How fast something that takes many steps advances.

use std::time::{Duration, Instant};

/// How many steps (ticks of a run, seeds of a sweep) are done, and how long the rest will take.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Steps done before the clock started: those before the checkpoint from which a run resumes.
    pub first: u32,
    /// Steps done.
    pub done: u32,
    /// Steps in all.
    pub all: u32,
    begun: Instant,
    /// When the latest step was done.
    latest: Instant,
}

impl Pace {
    /// Starts the clock, with `first` of `all` steps done.
    pub fn new(first: u32, all: u32) -> Self {
        let now = Instant::now();
        Self { first, done: first, all, begun: now, latest: now }
    }

    /// Counts one more step as done.
    pub fn pass(&mut self) {
        self.pass_at(Instant::now());
    }

    fn pass_at(&mut self, now: Instant) {
        self.done += 1;
        self.latest = now;
    }

    /// Time since the clock was started.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Time left if the remaining steps take as long as those that were watched; `None` before the first of them is
    /// done, since nothing is known until then. It runs down during a step, by one step's share and no more.
    pub fn left(&self) -> Option<Duration> {
        self.left_at(Instant::now())
    }

    fn left_at(&self, now: Instant) -> Option<Duration> {
        let watched = self.done - self.first;
        if watched == 0 {
            return None;
        }
        let per_step = (self.latest - self.begun) / watched;
        let since = now.saturating_duration_since(self.latest).min(per_step);
        Some((per_step * self.all.saturating_sub(self.done)).saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_comes_from_steps_that_are_done() {
        let mut pace = Pace::new(4, 10);
        let at = |pace: &Pace, seconds: u64| pace.begun + Duration::from_secs(seconds);
        let left = |pace: &Pace, seconds| pace.left_at(at(pace, seconds)).map(|left| left.as_secs());
        assert_eq!(left(&pace, 100), None, "nothing is known before the first step");
        pace.pass_at(at(&pace, 10));
        assert_eq!(left(&pace, 10), Some(50));
        assert_eq!(left(&pace, 14), Some(46));
        assert_eq!(left(&pace, 1000), Some(40), "a step that takes longer does not eat the others' time");
        pace.pass_at(at(&pace, 30));
        assert_eq!(left(&pace, 30), Some(60), "four steps of 15 s");
        for _ in 0..4 {
            pace.pass_at(at(&pace, 40));
        }
        assert_eq!(left(&pace, 41), Some(0));
    }
}
