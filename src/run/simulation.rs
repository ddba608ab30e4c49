//! The app, and a run in it from its place to its manifest.

use super::base_model::{can_run_on, default_threads, describe, load_base, start_llm, thread_pool};
use super::checkpoint;
use super::journal::Journal;
use super::manifest::{HaltedEntry, Manifest};
use super::options::{Finished, RunOptions};
use super::place::Place;
use super::sweep::Seeds;
use super::{RunDirectory, RunError, plan};
use crate::crash;
use crate::games::catalog;
use crate::host;
use crate::llm::engine::budget::plan::choose;
use crate::llm::engine::machine::Backend;
use crate::llm::error::ModelError;
use crate::llm::files::fetch::Fetcher;
use crate::llm::files::loaded::{LoadedModel, ModelIdentity};
use crate::llm::files::outline::{Outline, outline, outline_random};
use crate::llm::files::{peft, registry};
use crate::metrics::{Columns, Summary};
use crate::plugins::SimPlugins;
use crate::policies::llm::LlmPolicy;
use crate::scenario::check::{Known, KnownGame};
use crate::scenario::diagnostics::ScenarioErrors;
use crate::scenario::format::{ModelSpec, PolicySpec, ScenarioSpec};
use crate::scenario::load::{Scenario, load_text};
use crate::scenario::size::tick;
use crate::scenario::spawn::needs;
use crate::scenario::spawn::{model_name, needs_model, rules};
use crate::scenario::text::resolved::resolved_ron;
use crate::world::snapshot::Snapshots;
use crate::world::{AgentId, AgentName, Clock, Factories, LearningHalted, Roster, Rules, Workers};
use bevy_app::{App, PluginGroup};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::Instant;

/// What a program adds to every simulation it makes.
pub type Extension<'a> = &'a (dyn Fn(&mut App) + Send + Sync);

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
        Self::of(SimPlugins)
    }

    /// An empty world with these plugins: [`SimPlugins`] with a member left out or replaced.
    pub fn of(plugins: impl PluginGroup) -> Self {
        let mut app = App::new();
        app.add_plugins(plugins);
        Self { app }
    }

    /// As [`Simulation::new`], with what `extend` adds.
    pub fn extended(extend: Extension) -> Self {
        let mut simulation = Self::new();
        extend(&mut simulation.app);
        simulation
    }

    /// The scenario in `text`, checked.
    ///
    /// # Errors
    /// With every problem found.
    pub fn scenario(&self, text: &str) -> Result<Scenario, ScenarioErrors> {
        load_text("scenario", text, "scenario", &[], &self.known())
    }

    /// The names a scenario may use, those of plugins added so far included.
    pub fn known(&self) -> Known {
        let mut offered = self.app.world().resource::<Factories>().clone();
        offered.conflicts.extend(self.app.world().resource::<Columns>().conflicts(&offered));
        Known {
            games: catalog::ENTRIES.iter().map(|entry| KnownGame::of(&entry.game())).collect(),
            offered,
            models: registry::ENTRIES.iter().map(|entry| entry.name.to_string()).chain(["tiny".into()]).collect(),
            memory_available: host::available(),
        }
    }

    /// What `spec` amounts to on `threads` worker threads (none: one per core), as text, for `seeds` if they take the
    /// place of its own. Nothing is fetched: how learners share memory on the CPU is told where the model's files are
    /// on this machine.
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
        let needs = needs::needs(spec, &rules, shape, &tokenizer, workers, backend)?;
        let (way, peak) = choose(&needs, tick::limits(spec.memory, host::available())).map_err(RunError::Memory)?;
        Ok(text(Some(&format!("about {} on the CPU: {way}", host::readable(peak)))))
    }

    /// The rules that `spec` asks for.
    pub fn rules(&self, spec: &ScenarioSpec) -> Result<Rules, RunError> {
        Ok(rules(spec, self.app.world().resource::<Factories>())?)
    }

    /// Loads the model, makes the world and plays every tick. A `Simulation` runs once.
    ///
    /// # Errors
    /// If something is wrong with the place, the model or the machine, if the run is interrupted, or if there was a run
    /// before.
    pub fn run(&mut self, scenario: &Scenario, options: &RunOptions, fetcher: &Fetcher) -> Result<Finished, RunError> {
        self.check_that_it_is_new()?;
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
        self.check_that_it_is_new()?;
        if options.checkpoints.is_some() {
            self.check_that_checkpoints_hold_all(spec)?;
        }
        let (directory, earlier) = place.map(|place| (place.directory, place.earlier)).unzip();
        let earlier = earlier.flatten();
        let threads = options.threads.unwrap_or_else(default_threads);
        let rules = self.rules(spec)?;
        let llm = model.map(|model| start_llm(spec, &rules, model, threads, &options.backend)).transpose()?;
        let (llm, memory) = llm.unzip();
        let device = describe(&options.backend, llm.as_ref().and_then(|llm| llm.engine.device()));
        let identity = llm.as_ref().map(|llm| llm.model.id.clone());
        let resolved = resolved_ron(spec);
        let mut manifest = Manifest::begin(spec, &resolved, identity.as_ref(), device, threads);
        manifest.memory = memory.flatten();
        manifest.instructions = identity.as_ref().and_then(|_| options.backend.instructions()).map(String::from);
        if let Some(earlier) = &earlier {
            earlier.go_on(&mut manifest)?;
        }
        self.app.insert_resource(Workers(thread_pool(threads)?));
        // First of all, so that a folder with files in it says whose it is.
        let mut journal = Journal::open(directory.as_ref(), manifest, started)?;
        directory.as_ref().map_or(Ok(()), |directory| directory.write("scenario.ron", &resolved))?;
        let checkpoint = earlier.map(|earlier| earlier.checkpoint);
        let resumed_at = checkpoint.as_ref().map(checkpoint::Checkpoint::ticks_played);
        let played = catch_unwind(AssertUnwindSafe(|| {
            self.play(spec, llm, checkpoint, options, &mut journal)?;
            self.save_adapters(spec, identity.as_ref(), options, &journal)
        }));
        let ended = played.unwrap_or_else(|payload| {
            directory.as_ref().and_then(|directory| crash::report(payload.as_ref(), directory.path()));
            journal.close_after_panic(crash::message(payload.as_ref()));
            resume_unwind(payload)
        });
        journal.manifest.ticks_played = self.app.world().get_resource::<Clock>().map_or(0, |clock| clock.tick);
        journal.manifest.halted = self.halted();
        let closed = journal.close(ended.as_ref().copied());
        ended.and(closed)?;
        directory.as_ref().map_or(Ok(()), checkpoint::remove)?;
        let summary = self.app.world().resource::<Summary>().clone();
        let Manifest { halted, seconds, .. } = journal.manifest;
        Ok(Finished { summary, halted, seconds, resumed_at })
    }

    /// [`Simulation::run`], finding models as the environment says and showing no progress.
    pub fn run_quietly(&mut self, scenario: &Scenario, options: &RunOptions) -> Result<Finished, RunError> {
        self.run(scenario, options, &Fetcher::from_env(indicatif::ProgressBar::hidden()))
    }

    /// Makes sure that the world holds no agents: those of a second run would bear the numbers of the first one's.
    fn check_that_it_is_new(&self) -> Result<(), RunError> {
        if self.app.world().contains_resource::<Roster>() { Err(RunError::RunBefore) } else { Ok(()) }
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

    /// Writes the adapter of every LLM agent that has ever learned. What the run came to is kept in a checkpoint, if
    /// any are written, until all of them are on the disk.
    fn save_adapters(
        &mut self,
        spec: &ScenarioSpec,
        identity: Option<&ModelIdentity>,
        options: &RunOptions,
        journal: &Journal,
    ) -> Result<(), RunError> {
        let (Some(directory), Some(identity)) = (journal.directory, identity) else { return Ok(()) };
        let world = self.app.world_mut();
        let mut query = world.query::<(&AgentName, &LlmPolicy)>();
        if !spec.output.adapters || query.iter(world).all(|(_, policy)| policy.generation == 0) {
            return Ok(());
        }
        if options.checkpoints.is_some() {
            // Where there is room for the adapters but not for this, the run is done all the same.
            let _ = checkpoint::save(world, directory, &journal.manifest, spec.ticks);
        }
        for (name, policy) in query.iter(world).filter(|(_, policy)| policy.generation > 0) {
            let card = [
                ("scenario", spec.name.clone()),
                ("agent", name.0.clone()),
                ("seed", spec.seed.to_string()),
                ("updates", policy.generation.to_string()),
            ];
            let card = card.map(|(key, value)| (key.to_string(), value));
            let folder = directory.adapter(&name.0);
            peft::save(&policy.adapter, identity, &folder, &card)
                .map_err(|error| not_saved(directory, &folder, error))?;
        }
        Ok(())
    }
}

/// The error of an adapter that could not be written to `folder`, which is removed: half an adapter is none.
fn not_saved(directory: &RunDirectory, folder: &Path, error: ModelError) -> RunError {
    let _ = std::fs::remove_dir_all(folder);
    // Fails, as it should, where other adapters are in it.
    let _ = std::fs::remove_dir(directory.path().join("adapters"));
    match error {
        ModelError::Io { path, source, .. } => RunError::write(&path, source),
        other => other.into(),
    }
}
