//! One scenario, many seeds: each leaves the folder that a run of its own would leave, byte for byte.
//!
//! A sweep can be repeated at any time: seeds that are done are left alone, unfinished ones resume from their last
//! checkpoint or start again, and a folder of anything else stops the sweep before it starts. Everything that does not
//! depend on the seed is prepared once for all seeds, and the base model is loaded once.

mod seeds;

pub use super::survey::{Obstacle, Obstacles, Slot, State};
use crate::llm::files::registry;
pub use seeds::Seeds;

use super::base_model::load_model;
use super::frozen::hashes;
use super::manifest::HaltedEntry;
use super::place::Place;
use super::{Finished, Prepared, Ready, RunDirectory, RunError, RunOptions, Simulation, Watch, survey};
use crate::llm::files::fetch;
use crate::llm::files::fetch::Fetcher;
use crate::scenario::format::{ModelSpec, ScenarioSpec};
use crate::scenario::size::tick;
use crate::scenario::spawn::{model_name, needs_model};
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
        if needs_model(spec) {
            return 1;
        }
        let bytes =
            tick::estimate(spec, &rules.observations, rules.game.seats(), self.prepared.matchmaker()).bytes.max(1);
        let fit = self.prepared.free().map_or(usize::MAX, |bytes_free| (bytes_free / bytes) as usize);
        let waiting = self.slots.iter().filter(|slot| !matches!(slot.state, State::Done(_))).count();
        self.prepared.threads().min(fit).min(waiting).max(1)
    }

    /// Asks the frozen players, and loads the base model if any agent needs it. `None` if every seed is done, and the
    /// models were only looked at.
    ///
    /// # Errors
    /// If one cannot be obtained, or is not the one that finished seeds were made with.
    pub fn load(&self, fetcher: &Fetcher) -> Result<Option<Ready>, SweepError> {
        let spec = self.prepared.spec();
        if self.slots.iter().all(|slot| matches!(slot.state, State::Done(_))) {
            self.check_weights(&hashes(spec, fetcher)?, self.base_hash(fetcher)?.as_deref())?;
            return Ok(None);
        }
        let ready = self.prepared.clone().load(fetcher)?;
        let frozen: Vec<_> = ready.frozen.ids.iter().map(|id| (id.name.clone(), id.sha256.clone())).collect();
        self.check_weights(&frozen, ready.model.as_ref().map(|(model, _)| &*model.id.sha256))?;
        Ok(Some(ready))
    }

    /// The hash of the base model, if any agent needs it: that of its file is known much sooner than its numbers can be
    /// read.
    fn base_hash(&self, fetcher: &Fetcher) -> Result<Option<String>, RunError> {
        let spec = self.prepared.spec();
        if !needs_model(spec) {
            return Ok(None);
        }
        let name = model_name(&spec.model);
        let has_files = !matches!(spec.model, ModelSpec::Random(_)) && name != registry::BUILT_IN;
        Ok(Some(if has_files {
            fetch::find(&name, fetcher)?.sha256
        } else {
            load_model(&spec.model, fetcher)?.id.sha256
        }))
    }

    /// Refuses seeds that are done and were made with other weights than those of the `frozen` players, given with
    /// their names, and of the base model.
    fn check_weights(&self, frozen: &[(String, String)], base: Option<&str>) -> Result<(), Obstacles> {
        let mut obstacles = base.map_or_else(Vec::new, |base| survey::made_with_other_weights(&self.slots, base));
        for (name, sha256) in frozen {
            obstacles.extend(survey::made_with_other_frozen(&self.slots, name, sha256));
        }
        if obstacles.is_empty() { Ok(()) } else { Err(Obstacles(obstacles)) }
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
