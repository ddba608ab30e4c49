//! Runs packed into tasks, and what a task may take.

use crate::run::Forecast;

/// A task of short runs is meant to last about as many seconds.
const TASK_SECONDS: f64 = 900.0;
/// Not more tasks are made by default: by its own default, Slurm allows arrays of about a thousand.
pub const TASKS_MAX: usize = 1000;
/// A task may take as many times the forecast: nodes differ, and share their memory's bandwidth.
const MARGIN: f64 = 4.0;
/// Minutes for whatever a task does besides its runs.
const SPARE_MINUTES: f64 = 10.0;
/// The least time that is asked for, in minutes, and that without a forecast.
const MINUTES: (u32, u32) = (30, 24 * 60);
/// The longest time that is asked for, in minutes: thirty days.
const MINUTES_MAX: f64 = 43_200.0;
/// Bytes that a process takes besides its run.
const SPARE_BYTES: u64 = 256 << 20;
/// Memory is asked for in steps of as many bytes.
const STEP_BYTES: u64 = 512 << 20;
/// What is asked for if it is not known how much a run takes.
const UNKNOWN_BYTES: u64 = 8 << 30;

/// What the command line says of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Runs of a task.
    pub pack: Option<u32>,
    /// Minutes of a task.
    pub minutes: Option<u32>,
    /// Bytes of a task.
    pub bytes: Option<u64>,
    /// Processors of a task; one by default.
    pub threads: Option<u16>,
    /// Whether a task needs a GPU.
    pub gpu: bool,
}

/// The tasks of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tasks {
    /// Runs of all tasks.
    pub runs: usize,
    /// Runs that follow each other in a task; the last task may have fewer.
    pub pack: usize,
    /// Minutes that a task may take, and where that comes from.
    pub minutes: (u32, String),
    /// Mebibytes that a task may take, and where that comes from.
    pub mebibytes: (u64, String),
    /// Processors of a task.
    pub threads: u16,
    /// Whether a task needs a GPU.
    pub gpu: bool,
}

impl Tasks {
    /// Packs `runs` runs of `ticks` ticks, whose ticks take as long as `forecast` says, and which take `peak` bytes if
    /// that is known.
    pub fn of(runs: usize, ticks: u32, forecast: Forecast, peak: Option<u64>, wanted: &Wanted) -> Self {
        let (seconds, whence) = match forecast {
            Forecast::Measured(tick) => (Some(tick * f64::from(ticks)), "as measured where this was written"),
            Forecast::AtLeast(tick) => (Some(tick * f64::from(ticks)), "the least that its products take"),
            Forecast::Unknown => (None, ""),
        };
        let many = seconds.map_or(1, |seconds| (TASK_SECONDS / seconds.max(1e-3)).floor().max(1.0) as usize);
        let pack = match wanted.pack {
            Some(pack) => pack.max(1) as usize,
            None => many.max(runs.div_ceil(TASKS_MAX)),
        };
        let pack = pack.min(runs).max(1);
        let minutes = match (wanted.minutes, seconds) {
            (Some(minutes), _) => (minutes, "as asked for".to_owned()),
            (None, Some(seconds)) => {
                let all = (MARGIN * seconds * pack as f64 / 60.0 + SPARE_MINUTES).min(MINUTES_MAX);
                let tens = (all / 10.0).ceil() as u32 * 10;
                (tens.max(MINUTES.0), format!("{MARGIN} times the forecast, {seconds:.1} s for a run, {whence}"))
            }
            (None, None) => (MINUTES.1, "there is no forecast".to_owned()),
        };
        let bytes = match (wanted.bytes, peak) {
            (Some(bytes), _) => (bytes, "as asked for"),
            (None, Some(peak)) => (
                (peak.saturating_add(peak / 4).saturating_add(SPARE_BYTES))
                    .div_ceil(STEP_BYTES)
                    .saturating_mul(STEP_BYTES),
                "by the estimate of a run's peak",
            ),
            (None, None) => (UNKNOWN_BYTES, "not known before the model is here"),
        };
        let mebibytes = (bytes.0.div_ceil(1 << 20), bytes.1.to_owned());
        Self { runs, pack, minutes, mebibytes, threads: wanted.threads.unwrap_or(1), gpu: wanted.gpu }
    }

    /// How many tasks there are.
    pub fn count(&self) -> usize {
        self.runs.div_ceil(self.pack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(runs: usize, forecast: Forecast, wanted: Wanted) -> Tasks {
        Tasks::of(runs, 100, forecast, Some(10 << 20), &wanted)
    }

    #[test]
    fn short_runs_are_packed_and_long_ones_have_tasks_of_their_own() {
        let short = tasks(10_000, Forecast::Measured(0.09), Wanted::default());
        assert_eq!((short.pack, short.count(), short.minutes.0), (100, 100, 70));
        let long = tasks(12, Forecast::Measured(60.0), Wanted::default());
        assert_eq!((long.pack, long.count(), long.minutes.0), (1, 12, 410));
        let unknown = tasks(10_000, Forecast::Unknown, Wanted::default());
        assert_eq!((unknown.pack, unknown.count(), unknown.minutes.0), (10, 1000, 1440));
        let few = tasks(3, Forecast::Measured(0.0), Wanted::default());
        assert_eq!((few.pack, few.count(), few.minutes.0), (3, 1, 30));
        let slow = tasks(3, Forecast::AtLeast(1e9), Wanted::default());
        assert_eq!(slow.minutes.0, 43_200);
    }

    #[test]
    fn what_is_asked_for_is_taken() {
        let wanted = Wanted { pack: Some(7), minutes: Some(5), bytes: Some(3 << 30), threads: Some(4), gpu: true };
        let found = tasks(20, Forecast::Measured(1.0), wanted);
        assert_eq!((found.pack, found.count(), found.minutes.0, found.mebibytes.0), (7, 3, 5, 3072));
        assert_eq!((found.threads, found.gpu), (4, true));
        assert_eq!(tasks(20, Forecast::Unknown, Wanted::default()).mebibytes.0, 512);
        assert_eq!(Tasks::of(2, 1, Forecast::Unknown, None, &Wanted::default()).mebibytes.0, 8192);
        assert!(Tasks::of(2, 1, Forecast::Unknown, Some(u64::MAX), &Wanted::default()).mebibytes.0 > 1 << 40);
    }
}
