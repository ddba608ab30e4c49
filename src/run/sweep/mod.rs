//! One scenario, many seeds: each leaves the folder that a run of its own would leave, byte for byte.
//!
//! A sweep can be given again at any time: seeds that are done are left alone, unfinished ones go on from their last
//! checkpoint or begin again, and a folder of anything else stops it before it starts. The base model is loaded once
//! for all.

mod seeds;

pub use super::survey::{Obstacle, Obstacles, Slot, State};
use crate::llm::files::registry;
pub use seeds::Seeds;

use super::base_model::{default_threads, load_base};
use super::manifest::HaltedEntry;
use super::place::Place;
use super::{Finished, RunDirectory, RunError, RunOptions, Simulation, Watch, survey};
use crate::host;
use crate::llm::files::fetch;
use crate::llm::files::fetch::Fetcher;
use crate::llm::files::loaded::LoadedModel;
use crate::scenario::format::ModelSpec;
use crate::scenario::load::Scenario;
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
    scenario: Scenario,
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
    /// It was done before. These agents' learning had been stopped by an error.
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
    /// A seed is through.
    Ended {
        /// Which of the slots.
        number: usize,
        /// How.
        outcome: &'a Outcome,
    },
}

impl Sweep {
    /// Looks at the folders of all seeds in `parent`, without changing anything there.
    ///
    /// # Errors
    /// With everything that is in the way.
    pub fn survey(scenario: &Scenario, seeds: &Seeds, parent: &Path) -> Result<Self, Obstacles> {
        let scenario = scenario.clone();
        let (mut slots, mut obstacles) = (Vec::new(), Vec::new());
        for &seed in seeds.all() {
            let spec = with_seed(&scenario, seed).spec;
            let path = RunDirectory::path_in(parent, &spec.name, seed);
            match survey::look_at(&path, &spec) {
                Ok(state) => slots.push(Slot { seed, path, state }),
                Err(obstacle) => obstacles.push(obstacle),
            }
        }
        if obstacles.is_empty() { Ok(Self { scenario, slots }) } else { Err(Obstacles(obstacles)) }
    }

    /// How many seeds are run side by side on `threads` threads (none: one per core). One at a time where a model's
    /// passes keep every thread busy; else as many as there are threads, as long as their histories fit into memory.
    pub fn lanes(&self, threads: Option<usize>, simulation: &Simulation) -> Result<usize, RunError> {
        let spec = &self.scenario.spec;
        if needs_model(spec) {
            return Ok(1);
        }
        let rules = simulation.rules(spec)?;
        let bytes =
            tick::estimate(spec, &rules.observations, rules.game.seats(), &*simulation.matchmaker(spec)?).bytes.max(1);
        let fit = host::available().map_or(usize::MAX, |bytes_free| (bytes_free / bytes) as usize);
        let waiting = self.slots.iter().filter(|slot| !matches!(slot.state, State::Done(_))).count();
        Ok(threads.unwrap_or_else(default_threads).min(fit).min(waiting).max(1))
    }

    /// Finds the base model, loading it if a seed is to be run.
    ///
    /// # Errors
    /// If it cannot be had, or is not the one that seeds which are done were made with.
    pub fn model(&self, options: &RunOptions, fetcher: &Fetcher) -> Result<Option<LoadedModel>, SweepError> {
        let spec = &self.scenario.spec;
        if !needs_model(spec) {
            return Ok(None);
        }
        let all_done = self.slots.iter().all(|slot| matches!(slot.state, State::Done(_)));
        let (model, sha256) = match &spec.model {
            // A file's hash is enough, and much sooner known than its numbers are read.
            ModelSpec::Named(_) | ModelSpec::Path(_) | ModelSpec::Hub { .. }
                if all_done && model_name(&spec.model) != registry::BUILT_IN =>
            {
                let found = fetch::find(&model_name(&spec.model), fetcher).map_err(RunError::from)?;
                (None, found.sha256)
            }
            _ => {
                let model = load_base(spec, &options.backend, fetcher)?;
                let sha256 = model.id.sha256.clone();
                (Some(model), sha256)
            }
        };
        let obstacles = survey::made_with_other_weights(&self.slots, &sha256);
        if obstacles.is_empty() { Ok(model) } else { Err(Obstacles(obstacles).into()) }
    }

    /// Runs every seed that is not done, `lanes` of them side by side, in worlds that `make` makes, and returns how it
    /// went, seed by seed. One that fails does not stop the others. `options.out` is not looked at: the slots say where
    /// to write.
    ///
    /// Progress is shown, and `options.watch` told, only where seeds run one at a time.
    ///
    /// # Panics
    /// If a run does, once the others are through.
    pub fn run(
        &self,
        make: &(dyn Fn() -> Simulation + Sync),
        lanes: usize,
        options: &RunOptions,
        model: Option<&LoadedModel>,
        watch: &(dyn Fn(&Event) + Sync),
    ) -> Vec<Outcome> {
        let threads = options.threads.unwrap_or_else(default_threads);
        let (progress, watch_ticks) = match lanes {
            1 => (options.progress.clone(), options.watch.clone()),
            _ => (Progress::default(), Watch::default()),
        };
        // Each seed is a world of its own, so how many share the threads reaches no result.
        let threads = Some((threads / lanes).max(1));
        let options = RunOptions { out: None, threads, progress, watch: watch_ticks, ..options.clone() };
        let next = AtomicUsize::new(0);
        let outcomes: Vec<Mutex<Option<Outcome>>> = self.slots.iter().map(|_| Mutex::new(None)).collect();
        let lane = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(slot) = self.slots.get(number) else { return };
                let outcome = match &slot.state {
                    State::Done(manifest) => Outcome::Skipped(manifest.halted.clone()),
                    _ if options.interrupt.is_requested() => {
                        let ticks = self.scenario.spec.ticks;
                        Outcome::Failed(RunError::Interrupted { played: 0, ticks, is_saved: false })
                    }
                    State::Fresh | State::Unfinished(_) => {
                        watch(&Event::Started { number });
                        self.run_slot(slot, make(), &options, model).map_or_else(Outcome::Failed, Outcome::Ran)
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
                // Handed on as it is, so that the handler sees what went wrong and not that a thread did.
                other.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
        });
        let taken = |outcome: Mutex<Option<Outcome>>| outcome.into_inner().expect("nobody panics while holding it");
        outcomes.into_iter().map(|outcome| taken(outcome).expect("every slot was taken by a lane")).collect()
    }

    /// Runs one seed in its folder.
    fn run_slot(
        &self,
        slot: &Slot,
        mut simulation: Simulation,
        options: &RunOptions,
        model: Option<&LoadedModel>,
    ) -> Result<Finished, RunError> {
        let scenario = with_seed(&self.scenario, slot.seed);
        let place = match slot.state {
            State::Unfinished(_) => Place::taken_over(&slot.path, &scenario.spec)?,
            State::Fresh | State::Done(_) => Place::fresh(&slot.path)?,
        };
        simulation.run_in(&scenario, Some(place), model.cloned(), options, Instant::now())
    }
}

/// The scenario under another seed.
fn with_seed(scenario: &Scenario, seed: u64) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.spec.seed = seed;
    scenario
}
