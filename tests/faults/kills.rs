//! Random sequences of what people and machines do to runs, against a model of what must hold.
//!
//! The model: a run that is not there, or has not begun to write, may be started; one that is there is never
//! overwritten; one that is being written is left alone; one that goes on begins no earlier than its last whole
//! checkpoint; one that is done stays as it is; and at its end each has the bytes of a run to which nothing happened.

use crate::places::{Straight, end_of, go_on};
use crate::sim::{Ended, Place, difference, everything, results, told};
use agora::faults::Mishap;
use agora::files::is_held;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What has been done to runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sequences: u64,
    /// Processes that died at a place.
    pub(crate) at_places: u64,
    /// Processes that were killed at any time.
    pub(crate) at_times: u64,
    /// Steps that failed.
    pub(crate) failures: u64,
    /// Second processes that were refused.
    pub(crate) refused: u64,
    /// Anything else: checkpoints removed, cleanings, starts over what is there.
    pub(crate) others: u64,
}

impl Counts {
    /// Adds others.
    pub(crate) fn add(&mut self, other: Self) {
        self.sequences += other.sequences;
        self.at_places += other.at_places;
        self.at_times += other.at_times;
        self.failures += other.failures;
        self.refused += other.refused;
        self.others += other.others;
    }

    /// Processes that were killed.
    pub(crate) fn kills(self) -> u64 {
        self.at_places + self.at_times
    }
}

/// A run and what is known of it.
struct Model<'a> {
    place: Place,
    straight: &'a Straight,
    /// The tick of its last whole checkpoint at least; 0 if there is none.
    least: u32,
    counts: Counts,
}

/// Does a random sequence of things to the run of `scenario` in `folder`, then lets it end.
///
/// # Errors
/// With what does not hold.
pub(crate) fn sequence(
    rng: &mut ChaCha8Rng,
    scenario: &str,
    straight: &Straight,
    folder: &Path,
) -> Result<Counts, String> {
    let counts = Counts { sequences: 1, ..Counts::default() };
    let mut model = Model { place: Place::new(folder, scenario), straight, least: 0, counts };
    for _ in 0..rng.random_range(1..=5) {
        match rng.random_range(0..10) {
            0..=5 => model.interrupt(rng)?,
            6 => model.start_twice(rng)?,
            7 => model.lose_checkpoint()?,
            8 => model.clean()?,
            _ => model.start_over()?,
        }
    }
    go_on(&model.place, straight, rng.random_range(1..=2), model.least)?;
    Ok(model.counts)
}

impl Model<'_> {
    fn is_begun(&self) -> bool {
        self.place.run().join("manifest.json").exists()
    }

    fn is_done(&self) -> bool {
        told(&self.place.run(), "status") == "done"
    }

    /// Notes what a process has done that ended.
    fn note(&mut self, ended: &Ended) -> Result<(), String> {
        let saved = ended.places.iter().filter(|place| *place == "after rename run/checkpoint.bin").count();
        self.least = (self.least + saved as u32).min(self.straight.ticks);
        match ended.code {
            Some(101) => Err(format!("it panicked: {}", end_of(&ended.stderr))),
            Some(0 | 1) | None => Ok(()),
            Some(other) => Err(format!("it ended with {other}: {}", end_of(&ended.stderr))),
        }
    }

    /// Starts the run, or has it go on, and kills it, or has it fail.
    fn interrupt(&mut self, rng: &mut ChaCha8Rng) -> Result<(), String> {
        let resume = self.is_begun() || rng.random();
        let threads = rng.random_range(1..=2);
        if rng.random() {
            let number = rng.random_range(0..self.straight.places.len() as u64);
            let mishap = [Mishap::Dies, Mishap::Dies, Mishap::Fails, Mishap::StaysFull][rng.random_range(0..4)];
            let ended = self.place.play(threads, resume, Some((number, mishap)));
            match ended.code {
                None => self.counts.at_places += 1,
                Some(1) if !ended.stderr.contains("already complete") => self.counts.failures += 1,
                _ => {}
            }
            return self.note(&ended);
        }
        let mut running = self.place.begin(threads, resume, None);
        sleep(self.straight.seconds.mul_f64(rng.random_range(0.0..1.2)));
        let _ = running.child.kill();
        let ended = running.wait();
        self.counts.at_times += u64::from(ended.code.is_none());
        self.note(&ended)
    }

    /// Starts a second process while one is at work, then kills the first.
    fn start_twice(&mut self, rng: &mut ChaCha8Rng) -> Result<(), String> {
        let mut first = self.place.begin(rng.random_range(1..=2), true, None);
        let (lock, begun) = (self.place.run().join(".lock"), Instant::now());
        while !is_held(&lock) && first.child.try_wait().is_ok_and(|status| status.is_none()) {
            if begun.elapsed() > Duration::from_secs(30) {
                return Err("it never takes hold of its folder".into());
            }
        }
        let second = Place { folder: self.place.folder.clone(), tag: "second-" }.play(1, true, None);
        if first.child.try_wait().is_ok_and(|status| status.is_none()) {
            // A run that is done lets go of its folder before its process has drawn the report.
            let is_over = second.code == Some(0) && told(&self.place.run(), "status") == "done";
            if !is_over && (second.code != Some(1) || !second.stderr.contains("being written by a run")) {
                return Err(format!("a second process ended with {:?}: {}", second.code, end_of(&second.stderr)));
            }
            self.counts.refused += u64::from(!is_over);
        }
        let _ = first.child.kill();
        let ended = first.wait();
        self.counts.at_times += u64::from(ended.code.is_none());
        self.note(&ended)?;
        self.note(&second)
    }

    /// Removes the checkpoint: the run begins again.
    fn lose_checkpoint(&mut self) -> Result<(), String> {
        let path = self.place.run().join("checkpoint.bin");
        if path.exists() && !self.is_done() {
            fs::remove_file(path).map_err(|error| error.to_string())?;
            self.least = 0;
            self.counts.others += 1;
        }
        Ok(())
    }

    /// Removes what can go: nothing of a run that is done or can go on.
    fn clean(&mut self) -> Result<(), String> {
        let run = self.place.run();
        let (before, is_done, has_checkpoint) = (everything(&run), self.is_done(), run.join("checkpoint.bin").exists());
        let ended = self.place.sim(&["clean", "run", "--yes"], None);
        let after = everything(&run);
        self.counts.others += 1;
        // A folder that is not there is no folder to clean.
        if ended.code != Some(0) && run.exists() {
            return Err(format!("clean ended with {:?}: {}", ended.code, end_of(&ended.stderr)));
        }
        if is_done {
            let without = |mut files: std::collections::BTreeMap<String, Vec<u8>>| {
                files.retain(|name, _| !name.contains("checkpoint.bin"));
                files
            };
            return difference(&without(after), &without(before)).map_or(Ok(()), |d| Err(format!("after clean: {d}")));
        }
        match difference(&after, &before) {
            Some(difference) if has_checkpoint || run.exists() => Err(format!("after clean: {difference}")),
            _ => Ok(()),
        }
    }

    /// Starts the run without `--resume`, which must not touch what is there.
    fn start_over(&mut self) -> Result<(), String> {
        if !self.is_begun() {
            return Ok(());
        }
        let before = everything(&self.place.run());
        let ended = self.place.play(1, false, None);
        self.counts.others += 1;
        if ended.code != Some(1) || !ended.stderr.contains("is not empty") {
            return Err(format!("a start over what is there ended with {:?}: {}", ended.code, end_of(&ended.stderr)));
        }
        difference(&everything(&self.place.run()), &before).map_or(Ok(()), |d| Err(format!("after a refusal: {d}")))
    }
}

/// A design of four runs.
const DESIGN: [&str; 11] =
    ["sweep", "case.ron", "--vary", "noise=0,0.05", "--seeds", "1,2", "--out", "run", "--checkpoint", "0", "--threads"];

/// What a design leaves to which nothing happened.
pub(crate) struct Swept {
    results: std::collections::BTreeMap<String, Vec<u8>>,
    places: u64,
    seconds: Duration,
}

impl Swept {
    /// Runs the design of `scenario` in `folder`.
    pub(crate) fn of(scenario: &str, folder: &Path) -> Self {
        let place = Place::new(folder, scenario);
        let begun = Instant::now();
        let ended = place.sim(&[&DESIGN[..], &["1"]].concat(), None);
        assert_eq!(ended.code, Some(0), "{}", end_of(&ended.stderr));
        Self { results: results(&place.run()), places: ended.places.len() as u64, seconds: begun.elapsed() }
    }
}

/// Kills a design a few times, has it run again, and compares.
///
/// # Errors
/// With what does not hold.
pub(crate) fn design(rng: &mut ChaCha8Rng, scenario: &str, swept: &Swept, folder: &Path) -> Result<Counts, String> {
    let place = Place::new(folder, scenario);
    let mut counts = Counts { sequences: 1, ..Counts::default() };
    for _ in 0..rng.random_range(1..=3) {
        let arguments = [&DESIGN[..], &[["1", "2"][rng.random_range(0..2)]]].concat();
        if rng.random() {
            let mishap = [Mishap::Dies, Mishap::Fails][rng.random_range(0..2)];
            let ended = place.sim(&arguments, Some((rng.random_range(0..swept.places), mishap)));
            match ended.code {
                None => counts.at_places += 1,
                Some(0 | 1) => counts.failures += u64::from(ended.code == Some(1)),
                Some(_) => return Err(format!("it ended with {:?}: {}", ended.code, end_of(&ended.stderr))),
            }
        } else {
            let mut running = place.start(&arguments, None);
            sleep(swept.seconds.mul_f64(rng.random_range(0.0..1.0)));
            let _ = running.child.kill();
            counts.at_times += u64::from(running.wait().code.is_none());
        }
    }
    let ended = place.sim(&[&DESIGN[..], &["2"]].concat(), None);
    if ended.code != Some(0) {
        return Err(format!("run again, it ended with {:?}: {}", ended.code, end_of(&ended.stderr)));
    }
    difference(&results(&place.run()), &swept.results).map_or(Ok(counts), Err)
}
