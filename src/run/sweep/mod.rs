//! One scenario, many seeds: each leaves the folder that a run of its own would leave, byte for byte.
//!
//! A sweep can be repeated at any time: seeds that are done are left alone, unfinished ones resume from their last
//! checkpoint or start again, and a folder of anything else stops the sweep before it starts. Everything that does not
//! depend on the seed is prepared once for all seeds, and the base model is loaded once.

mod seeds;

pub use super::survey::{Obstacle, Obstacles, Slot, State};
use crate::llm::files::registry;
pub use seeds::Seeds;

use super::manifest::HaltedEntry;
use super::place::Place;
use super::{Finished, Prepared, Ready, RunDirectory, RunError, RunOptions, Simulation, Watch, survey};
use crate::llm::files::fetch;
use crate::llm::files::fetch::Fetcher;
use crate::scenario::format::{ModelSpec, ScenarioSpec};
use crate::scenario::size::tick;
use crate::scenario::spawn::{asks_servers, model_name, needs_model};
use crate::world::Progress;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The runs of one scenario under several seeds.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What all seeds share.
    pub prepared: Prepared,
    /// The seeds in order.
    pub slots: Vec<Slot>,
}

/// Why a sweep does not start.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Folders.
    #[error(transparent)]
    Obstacles(#[from] Obstacles),
    /// The model.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What happened to one seed.
#[derive(Debug)]
pub enum Outcome {
    /// It had been done before. These agents' learning had been stopped by an error.
    Skipped(Vec<HaltedEntry>),
    /// It is done now.
    Ran(Finished),
    /// It could not be run to its end.
    Failed(RunError),
}

/// What the observer of a sweep is told; `number` counts the sweep's seeds from 0.
#[derive(Debug)]
pub enum Event<'a> {
    /// A run begins.
    Started {
        /// Which of the slots.
        number: usize,
    },
    /// A seed has ended.
    Ended {
        /// Which of the slots.
        number: usize,
        /// How it ended.
        outcome: &'a Outcome,
    },
}

impl Sweep {
    /// Looks at the folders of all seeds in `parent`, without changing anything there.
    ///
    /// # Errors
    /// With everything that is in the way.
    pub fn survey(prepared: Prepared, seeds: &Seeds, parent: &Path) -> Result<Self, Obstacles> {
        let (mut slots, mut obstacles) = (Vec::new(), Vec::new());
        for &seed in seeds.all() {
            let spec = ScenarioSpec { seed, ..prepared.spec().clone() };
            let path = RunDirectory::path_in(parent, &spec.name, seed);
            match survey::look_at(&path, &spec) {
                Ok(state) => slots.push(Slot { seed, path, state }),
                Err(obstacle) => obstacles.push(obstacle),
            }
        }
        if obstacles.is_empty() { Ok(Self { prepared, slots }) } else { Err(Obstacles(obstacles)) }
    }

    /// How many seeds are run side by side: one at a time where a model's passes keep every thread busy; otherwise as
    /// many as there are threads, as long as their histories fit into memory.
    pub fn lanes(&self) -> usize {
        let (spec, rules) = (self.prepared.spec(), self.prepared.rules());
        // Servers are asked through as many connections as the scenario says, not through several times as many.
        if needs_model(spec) || asks_servers(spec) {
            return 1;
        }
        let bytes =
            tick::estimate(spec, &rules.observations, rules.game.seats(), self.prepared.matchmaker()).bytes.max(1);
        let fit = self.prepared.free().map_or(usize::MAX, |bytes_free| (bytes_free / bytes) as usize);
        let waiting = self.slots.iter().filter(|slot| !matches!(slot.state, State::Done(_))).count();
        self.prepared.threads().min(fit).min(waiting).max(1)
    }

    /// Loads the base model, if any agent needs it. `None` if every seed is done, and the model was only looked at.
    ///
    /// # Errors
    /// If it cannot be obtained, or is not the one that finished seeds were made with.
    pub fn load(&self, fetcher: &Fetcher) -> Result<Option<Ready>, SweepError> {
        let spec = self.prepared.spec();
        let all_done = self.slots.iter().all(|slot| matches!(slot.state, State::Done(_)));
        let (ready, sha256) = match &spec.model {
            // A file's hash is enough, and known much sooner than its numbers can be read.
            ModelSpec::Named(_) | ModelSpec::Path(_) | ModelSpec::Hub { .. }
                if needs_model(spec) && all_done && model_name(&spec.model) != registry::BUILT_IN =>
            {
                let found = fetch::find(&model_name(&spec.model), fetcher).map_err(RunError::from)?;
                (None, Some(found.sha256))
            }
            _ => {
                let ready = self.prepared.clone().load(fetcher)?;
                let sha256 = ready.model.as_ref().map(|(model, _)| model.id.sha256.clone());
                (Some(ready), sha256)
            }
        };
        let obstacles = sha256.map_or_else(Vec::new, |sha256| survey::made_with_other_weights(&self.slots, &sha256));
        if obstacles.is_empty() { Ok(ready) } else { Err(Obstacles(obstacles).into()) }
    }

    /// Runs every seed that is not done, `lanes` of them side by side, in worlds that `make` makes, and returns the
    /// outcome of each seed. One that fails does not stop the others. The slots say where to write, whatever the
    /// options say; progress is shown, and the watch told, only if seeds run one at a time.
    ///
    /// # Panics
    /// If a run does, once the others have ended; or if nothing is ready although a seed is not done.
    pub fn run(
        &self,
        make: &(dyn Fn() -> Simulation + Sync),
        lanes: usize,
        ready: Option<&Ready>,
        watch: &(dyn Fn(&Event) + Sync),
    ) -> Vec<Outcome> {
        let options = self.prepared.options();
        let (progress, watch_ticks) = match lanes {
            1 => (options.progress.clone(), options.watch.clone()),
            _ => (Progress::default(), Watch::default()),
        };
        // Each seed is a world of its own, so the number of seeds that share the threads does not affect results.
        let threads = (self.prepared.threads() / lanes).max(1);
        let options = RunOptions { out: None, resume: false, progress, watch: watch_ticks, ..options.clone() };
        let next = AtomicUsize::new(0);
        let outcomes: Vec<Mutex<Option<Outcome>>> = self.slots.iter().map(|_| Mutex::new(None)).collect();
        let lane = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(slot) = self.slots.get(number) else { return };
                let outcome = match &slot.state {
                    State::Done(manifest) => Outcome::Skipped(manifest.halted.clone()),
                    _ if options.interrupt.is_requested() => {
                        let ticks = self.prepared.spec().ticks;
                        Outcome::Failed(RunError::Interrupted { played: 0, ticks, is_saved: false })
                    }
                    State::Fresh | State::Unfinished(_) => {
                        watch(&Event::Started { number });
                        let ready = ready.expect("everything was loaded, since not every seed is done");
                        let run = ready.varied(slot.seed, options.clone(), threads);
                        run_slot(slot, make(), &run).map_or_else(Outcome::Failed, Outcome::Ran)
                    }
                };
                watch(&Event::Ended { number, outcome: &outcome });
                *outcomes[number].lock().expect("nobody panics while holding it") = Some(outcome);
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..lanes).map(|_| scope.spawn(lane)).collect();
            lane();
            for other in others {
                // Passed on as it is, so that the handler sees what went wrong, not just that a thread did.
                other.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
        });
        let taken = |outcome: Mutex<Option<Outcome>>| outcome.into_inner().expect("nobody panics while holding it");
        outcomes.into_iter().map(|outcome| taken(outcome).expect("every slot was taken by a lane")).collect()
    }
}

/// Runs one seed in its folder.
fn run_slot(slot: &Slot, mut simulation: Simulation, run: &Ready) -> Result<Finished, RunError> {
    let place = match slot.state {
        State::Unfinished(_) => Place::taken_over(&slot.path, &run.job.spec)?,
        State::Fresh | State::Done(_) => Place::fresh(&slot.path)?,
    };
    simulation.play(run, Some(place), Instant::now())
}
