//! The app, and the loop over its ticks.

use super::base_model::{can_run_on, default_threads, describe, load_base, start_llm, thread_pool};
use super::checkpoint::{self, Checkpoint};
use super::directory::MANIFEST;
use super::manifest::{HaltedEntry, Manifest, ModelEntry, Status};
use super::place::Place;
use super::sweep::Seeds;
use super::{RunDirectory, RunError, plan};
use crate::games::catalog;
use crate::llm::backend::Backend;
use crate::llm::fetch::Fetcher;
use crate::llm::model::{LoadedModel, ModelIdentity};
use crate::llm::outline::{Outline, outline, outline_random};
use crate::llm::{peft, registry};
use crate::metrics::{Records, Summary, Tables, WriteFailure};
use crate::plugins::SimPlugins;
use crate::policies::llm::memory::choose;
use crate::policies::llm::{DeviceLlm, LlmFailure, LlmLearner, LlmPolicy};
use crate::scenario::load::{Scenario, resolved_ron};
use crate::scenario::spawn::{Llm, model_name, needs_model, rules, spawn, talks, terms_in_use};
use crate::scenario::spec::{ModelSpec, OutputSpec, PolicySpec, ScenarioSpec};
use crate::scenario::validate::{Known, KnownGame};
use crate::scenario::{llm_memory, memory};
use crate::world::schedule::Tick;
use crate::world::snapshot::Snapshots;
use crate::world::{AgentId, AgentName, Clock, Factories, LearningHalted, Progress, Rules, TermNames, Workers};
use bevy_app::App;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How to run, apart from the scenario.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Where to write; none: write nothing.
    pub out: Option<PathBuf>,
    /// Worker threads; none: one per core.
    pub threads: Option<usize>,
    /// What the base model runs on.
    pub backend: Backend,
    /// Where progress is shown.
    pub progress: Progress,
    /// Least time between two checkpoints; none: none are written. Results do not depend on it.
    pub checkpoints: Option<Duration>,
    /// Whether a run of this scenario that lies in `out` and is not done is to go on, instead of standing in the way.
    pub resume: bool,
    /// Stops the run after the tick that is being played, with a checkpoint if any are written.
    pub interrupt: Interrupt,
}

/// A request to stop, shared by who makes it and who heeds it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Makes the request; returns whether it had been made before.
    pub fn request(&self) -> bool {
        self.0.swap(true, Ordering::Relaxed)
    }

    /// Whether it was made.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished {
    /// First and last tick.
    pub summary: Summary,
    /// Agents whose learning an error stopped.
    pub halted: Vec<HaltedEntry>,
    /// Wall time, earlier parts of the run included.
    pub seconds: f64,
    /// The tick that it went on from; none: it was run from its start.
    pub resumed_at: Option<u32>,
}

/// An app with every plugin of this crate, to which others may be added, and a scenario run in it.
pub struct Simulation {
    /// The app; its world holds everything.
    pub app: App,
}

impl Default for Simulation {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulation {
    /// An empty world with this crate's plugins.
    pub fn new() -> Self {
        let mut app = App::new();
        app.add_plugins(SimPlugins);
        Self { app }
    }

    /// The names a scenario may use, those of plugins added so far included.
    pub fn known(&self) -> Known {
        let factories = self.app.world().resource::<Factories>();
        Known {
            games: catalog::ENTRIES.iter().map(|entry| KnownGame::of(&entry.game())).collect(),
            custom_games: factories.games.keys().cloned().collect(),
            custom_terms: factories.terms.keys().cloned().collect(),
            custom_policies: factories.policies.keys().cloned().collect(),
            models: registry::ENTRIES.iter().map(|entry| entry.name.to_string()).chain(["tiny".into()]).collect(),
            memory_available: memory::available(),
        }
    }

    /// What `spec` amounts to on `threads` worker threads (none: one per core), as text, for `seeds` if they take the place
    /// of its own. Nothing is fetched: how learners share memory on the CPU is told where the model's files are on this
    /// machine.
    ///
    /// # Errors
    /// If the run could not be: something in `spec` is the CPU's and `backend` another, or memory does not suffice.
    pub fn plan(
        &self,
        spec: &ScenarioSpec,
        seeds: Option<&Seeds>,
        threads: Option<usize>,
        backend: &Backend,
        fetcher: &Fetcher,
    ) -> Result<String, RunError> {
        can_run_on(spec, backend)?;
        let rules = self.rules(spec)?;
        let text = |memory: Option<&str>| plan(spec, &rules, seeds, memory);
        let model = match &spec.model {
            // A device has a budget of its own for its batches, and decides about them as they come.
            _ if !needs_model(spec) || !backend.is_cpu() => return Ok(text(None)),
            ModelSpec::Random(shape) => Ok(Some(outline_random(shape, Default::default())?)),
            named => outline(&model_name(named), fetcher, Default::default()),
        };
        let Outline { shape, tokenizer } = match model {
            Ok(Some(outline)) => outline,
            Ok(None) => return Ok(text(Some("not known before the model's files are here"))),
            // The run may find the model elsewhere, and says what is wrong if it does not.
            Err(error) => return Ok(text(Some(&format!("not known: {error}")))),
        };
        let workers = threads.unwrap_or_else(default_threads);
        let needs = llm_memory::needs(spec, &rules, shape, &tokenizer, workers, backend)?;
        let (way, peak) = choose(&needs, memory::limits(spec.memory, memory::available())).map_err(RunError::Memory)?;
        Ok(text(Some(&format!("about {} on the CPU: {way}", memory::readable(peak)))))
    }

    /// The rules that `spec` asks for.
    pub fn rules(&self, spec: &ScenarioSpec) -> Result<Rules, RunError> {
        Ok(rules(spec, self.app.world().resource::<Factories>())?)
    }

    /// Loads the model, makes the world and plays every tick.
    pub fn run(&mut self, scenario: &Scenario, options: &RunOptions, fetcher: &Fetcher) -> Result<Finished, RunError> {
        let place = |path: &Path| match options.resume {
            true => Place::resumed(path, &scenario.spec),
            false => Place::fresh(path),
        };
        let place = options.out.as_deref().map(place).transpose()?;
        let started = Instant::now();
        let model = needs_model(&scenario.spec).then(|| load_base(&scenario.spec, &options.backend, fetcher));
        self.run_in(scenario, place, model.transpose()?, options, started)
    }

    /// Makes the world and plays every tick, with what takes long to make at hand: the place to write to (none: write
    /// nothing) and the base model (none: nobody needs it). `started` is when the clock of the manifest began.
    pub(super) fn run_in(
        &mut self,
        scenario: &Scenario,
        place: Option<Place>,
        model: Option<LoadedModel>,
        options: &RunOptions,
        started: Instant,
    ) -> Result<Finished, RunError> {
        let spec = &scenario.spec;
        let (directory, earlier) = place.map(|place| (place.directory, place.earlier)).unzip();
        let earlier = earlier.flatten();
        if options.checkpoints.is_some() {
            self.check_that_checkpoints_hold_all(spec)?;
        }
        let threads = options.threads.unwrap_or_else(default_threads);
        let rules = self.rules(spec)?;
        let llm = model.map(|model| start_llm(spec, &rules, model, threads, &options.backend)).transpose()?;
        let (llm, memory) = llm.unzip();
        let device = describe(&options.backend, llm.as_ref().and_then(|llm| llm.device.as_ref()));
        let identity = llm.as_ref().map(|llm| llm.model.id.clone());
        let resolved = resolved_ron(spec);
        let mut manifest = manifest(spec, &resolved, identity.as_ref(), device, threads);
        manifest.memory = memory.flatten();
        manifest.instructions = identity.as_ref().and_then(|_| options.backend.instructions()).map(String::from);
        if let Some(earlier) = &earlier {
            earlier.go_on(&mut manifest)?;
        }
        let seconds_before = manifest.seconds;
        if let Some(directory) = &directory {
            // First of all, so that a folder with files in it says whose it is.
            directory.write(MANIFEST, &manifest.to_json())?;
            directory.write("scenario.ron", &resolved)?;
        }
        self.app.insert_resource(Workers(thread_pool(threads)?));
        let resumed_at = earlier.as_ref().map(|earlier| earlier.checkpoint.ticks_played());
        let played = self.play(spec, llm, directory.as_ref(), earlier.map(|earlier| earlier.checkpoint), options);
        manifest.seconds = seconds_before + started.elapsed().as_secs_f64();
        manifest.ticks_played = self.app.world().get_resource::<Clock>().map_or(0, |clock| clock.tick);
        manifest.halted = self.halted();
        let saved = played.and_then(|()| match (&directory, &identity) {
            (Some(directory), Some(identity)) if spec.output.adapters => self.save_adapters(spec, directory, identity),
            _ => Ok(()),
        });
        manifest.status = if saved.is_ok() { Status::Done } else { Status::Failed };
        manifest.error = saved.as_ref().err().map(ToString::to_string);
        let closed = directory.as_ref().map_or(Ok(()), |d| d.write(MANIFEST, &manifest.to_json()));
        saved.and(closed)?;
        directory.as_ref().map_or(Ok(()), checkpoint::remove)?;
        let summary = self.app.world().resource::<Summary>().clone();
        Ok(Finished { summary, halted: manifest.halted, seconds: manifest.seconds, resumed_at })
    }

    /// [`Simulation::run`], finding models as the environment says and showing no progress.
    pub fn run_quietly(&mut self, scenario: &Scenario, options: &RunOptions) -> Result<Finished, RunError> {
        self.run(scenario, options, &Fetcher::from_env(indicatif::ProgressBar::hidden()))
    }

    /// Makes sure that no policy of a plugin has state that checkpoints would lose.
    fn check_that_checkpoints_hold_all(&self, spec: &ScenarioSpec) -> Result<(), RunError> {
        let snapshots = self.app.world().resource::<Snapshots>();
        for population in &spec.populations {
            if let PolicySpec::Custom { name, .. } = &population.policy
                && !snapshots.is_covered(name)
            {
                return Err(RunError::NotCovered { policy: name.clone() });
            }
        }
        Ok(())
    }

    /// Spawns the world and runs its ticks, those after `checkpoint` if there is one.
    fn play(
        &mut self,
        spec: &ScenarioSpec,
        llm: Option<Llm>,
        directory: Option<&RunDirectory>,
        checkpoint: Option<Checkpoint>,
        options: &RunOptions,
    ) -> Result<(), RunError> {
        let (world, progress) = (self.app.world_mut(), &options.progress);
        if llm.is_some() {
            // The base model reads every prompt once, which takes seconds.
            progress.0.set_message("first reading");
            progress.start(1);
        }
        spawn(world, spec, llm)?;
        if let Some(directory) = directory {
            let records = open_tables(spec, world.resource::<TermNames>(), directory.path(), checkpoint.as_ref());
            world.insert_resource(records.map_err(|source| RunError::write(directory.path(), source))?);
        }
        let first = checkpoint.as_ref().map_or(0, Checkpoint::ticks_played);
        if let Some(checkpoint) = checkpoint {
            checkpoint.load(world)?;
        }
        let mut last_checkpoint = Instant::now();
        let steps_per_tick = count_slow_steps(world);
        progress.start(u64::from(spec.ticks) * steps_per_tick);
        progress.0.set_position(u64::from(first) * steps_per_tick);
        progress.0.reset_eta();
        world.insert_resource(progress.clone());
        for tick in first..spec.ticks {
            world.resource_mut::<Clock>().tick = tick;
            progress.0.set_message(format!("tick {}/{}", tick + 1, spec.ticks));
            world.run_schedule(Tick);
            world.clear_trackers();
            progress.0.set_position(u64::from(tick + 1) * steps_per_tick);
            if let Some(error) = world.get_resource_mut::<DeviceLlm>().and_then(|mut device| device.failure.take()) {
                return Err(error.into());
            }
            if let Some(error) = world.resource_mut::<LlmFailure>().0.take() {
                return Err(error.into());
            }
            if let Some((path, source)) = world.resource_mut::<WriteFailure>().0.take() {
                return Err(RunError::Write { path, source });
            }
            let (played, interrupted) = (tick + 1, options.interrupt.is_requested());
            if played == spec.ticks {
                break;
            }
            let saves = directory.zip(options.checkpoints);
            if let Some((directory, every)) = saves
                && (interrupted || last_checkpoint.elapsed() >= every)
            {
                checkpoint::save(world, directory, played)?;
                last_checkpoint = Instant::now();
            }
            if interrupted {
                return Err(RunError::Interrupted { played, ticks: spec.ticks, is_saved: saves.is_some() });
            }
        }
        world.resource_mut::<Clock>().tick = spec.ticks;
        Ok(())
    }

    /// Every agent whose learning an error stopped.
    fn halted(&mut self) -> Vec<HaltedEntry> {
        let world = self.app.world_mut();
        let mut query = world.query::<(&AgentId, &AgentName, &LearningHalted)>();
        let mut halted: Vec<_> = query.iter(world).collect();
        halted.sort_by_key(|(id, ..)| **id);
        let entry = |(_, name, halted): (&AgentId, &AgentName, &LearningHalted)| HaltedEntry {
            agent: name.0.clone(),
            tick: halted.tick,
            reason: halted.reason.clone(),
        };
        halted.into_iter().map(entry).collect()
    }

    /// Writes the adapter of every LLM agent that has ever learned.
    fn save_adapters(
        &mut self,
        spec: &ScenarioSpec,
        directory: &RunDirectory,
        identity: &ModelIdentity,
    ) -> Result<(), RunError> {
        let world = self.app.world_mut();
        let mut query = world.query::<(&AgentName, &LlmPolicy)>();
        for (name, policy) in query.iter(world).filter(|(_, policy)| policy.generation > 0) {
            let card = [
                ("scenario", spec.name.clone()),
                ("agent", name.0.clone()),
                ("seed", spec.seed.to_string()),
                ("updates", policy.generation.to_string()),
            ];
            let card = card.map(|(key, value)| (key.to_string(), value));
            peft::save(&policy.adapter, identity, &directory.adapter(&name.0), &card)?;
        }
        Ok(())
    }
}

/// The tables of a run, as long as they were at its checkpoint if it goes on from one.
fn open_tables(
    spec: &ScenarioSpec,
    terms: &TermNames,
    directory: &Path,
    checkpoint: Option<&Checkpoint>,
) -> io::Result<Records> {
    let terms = terms_in_use(spec, terms);
    let OutputSpec { moves, pairs, selections, exact, .. } = spec.output;
    let tables = Tables { moves, messages: talks(spec), pairs, selections, exact };
    match checkpoint {
        Some(checkpoint) => Records::reopen(directory, &terms, tables, checkpoint.tables()),
        None => Records::create(directory, &terms, tables),
    }
}

/// Slow steps of one tick: a scoring pass and an update per learner, a step for anything else.
fn count_slow_steps(world: &mut bevy_ecs::world::World) -> u64 {
    let learners = world.query::<&LlmLearner>().iter(world).count() as u64;
    (2 * learners).max(1)
}

fn manifest(
    spec: &ScenarioSpec,
    resolved: &str,
    identity: Option<&ModelIdentity>,
    device: String,
    threads: usize,
) -> Manifest {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Manifest {
        version: env!("CARGO_PKG_VERSION").into(),
        status: Status::Running,
        scenario: spec.name.clone(),
        scenario_sha256: fingerprint(resolved),
        seed: spec.seed,
        ticks: spec.ticks,
        ticks_played: 0,
        model: identity.map(ModelEntry::from),
        device,
        instructions: None,
        threads,
        memory: None,
        started_unix_seconds: now,
        seconds: 0.0,
        resumed_at: Vec::new(),
        halted: Vec::new(),
        error: None,
    }
}

/// SHA-256 of a resolved scenario, as the manifest gives it.
pub(super) fn fingerprint(resolved: &str) -> String {
    Sha256::digest(resolved.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
