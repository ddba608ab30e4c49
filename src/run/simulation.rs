//! An app, and one prepared run played in it from its place to its manifest.

use super::base_model::thread_pool;
use super::contents::SCENARIO;
use super::job::Job;
use super::journal::{Journal, manifest_of};
use super::manifest::Manifest;
use super::options::{Finished, RunOptions};
use super::place::{Earlier, Place, remove_leftovers};
use super::prepare::{Prepared, Ready};
use super::{Factors, RunError, adapters, checkpoint, ranks, remote, ticks};
use crate::crash;
use crate::llm::files::fetch::Fetcher;
use crate::metrics::{Columns, Records, Summary};
use crate::plugins::SimPlugins;
use crate::scenario::check::Known;
use crate::scenario::diagnostics::ScenarioErrors;
use crate::scenario::format::ScenarioSpec;
use crate::scenario::load::{Scenario, load_text};
use crate::scenario::spawn::Llm;
use crate::scenario::text::resolved::resolved_ron;
use crate::world::{Factories, Roster, Workers, schedule};
use bevy_app::{App, PluginGroup};
use bevy_ecs::world::World;
use rayon::ThreadPool;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
        let mut simulation = Self::of(SimPlugins);
        schedule::note_own_systems(simulation.app.world_mut());
        simulation
    }

    /// An empty world with these plugins: [`SimPlugins`] with a member left out or replaced.
    pub fn of(plugins: impl PluginGroup) -> Self {
        let mut app = App::new();
        app.add_plugins(plugins);
        Self { app }
    }

    /// Like [`Simulation::new`], with what `extend` adds.
    pub fn extended(extend: Extension) -> Self {
        let mut simulation = Self::new();
        extend(&mut simulation.app);
        simulation
    }

    /// The names a scenario may use, those of plugins added so far included.
    pub fn known(&self) -> Known {
        let mut known = Known::with(self.factories());
        let conflicts = self.app.world().resource::<Columns>().conflicts(&known.offered);
        known.offered.conflicts.extend(conflicts);
        known
    }

    /// The scenario in `text`, checked.
    ///
    /// # Errors
    /// With every problem found.
    pub fn scenario(&self, text: &str) -> Result<Scenario, ScenarioErrors> {
        load_text("scenario", text, "scenario", &[], &self.known())
    }

    /// Prepares runs of `spec` in worlds like this one.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn prepare(&self, spec: &ScenarioSpec, options: RunOptions, fetcher: &Fetcher) -> Result<Prepared, RunError> {
        Prepared::new(spec, options, self.factories(), fetcher)
    }

    /// Prepares runs of `spec` beside those of other scenarios that were prepared before.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub fn prepare_sharing(
        &self,
        earlier: &[&Prepared],
        spec: &ScenarioSpec,
        options: RunOptions,
        fetcher: &Fetcher,
    ) -> Result<Prepared, RunError> {
        Prepared::sharing(earlier, spec, options, self.factories(), fetcher)
    }

    /// Prepares a run of `scenario` and plays it. A `Simulation` runs once.
    ///
    /// # Errors
    /// As [`Prepared::new`] and [`Simulation::run_prepared`].
    pub fn run(&mut self, scenario: &Scenario, options: &RunOptions, fetcher: &Fetcher) -> Result<Finished, RunError> {
        self.check_that_it_is_new()?;
        let prepared = self.prepare(&scenario.spec, options.clone(), fetcher)?;
        self.run_prepared(prepared, fetcher)
    }

    /// Like [`Simulation::run`], finding models as the environment says and showing no progress.
    pub fn run_quietly(&mut self, scenario: &Scenario, options: &RunOptions) -> Result<Finished, RunError> {
        self.run(scenario, options, &Fetcher::from_env(indicatif::ProgressBar::hidden()))
    }

    /// Loads the model, makes the world and plays every tick.
    ///
    /// # Errors
    /// If something is wrong with the place, the model or the machine, if the run is interrupted, or if there has
    /// already been a run.
    pub fn run_prepared(&mut self, prepared: Prepared, fetcher: &Fetcher) -> Result<Finished, RunError> {
        self.check_that_it_is_new()?;
        let ranks = prepared.options().ranks.clone();
        let place = if ranks.is_first() { Place::of(prepared.options(), prepared.spec()) } else { Ok(None) };
        let place = ranks.agree(place)?;
        let started = Instant::now();
        self.play(&ranks::load(&ranks, prepared, fetcher)?, place, started)
    }

    /// Makes the world of `run` and plays every tick, writing to `place`, or nowhere if that is `None`. `started` is
    /// when the manifest's clock started.
    pub(super) fn play(&mut self, run: &Ready, place: Option<Place>, started: Instant) -> Result<Finished, RunError> {
        self.check_that_it_is_new()?;
        let (world, Job { spec, options, .. }) = (self.app.world_mut(), &run.job);
        let ranks = &options.ranks;
        let (directory, earlier, factors, asked) = match place {
            Some(Place { directory, earlier, factors, asked }) => (Some(directory), earlier, factors, asked),
            None => (None, None, Factors::default(), None),
        };
        let resolved = resolved_ron(spec);
        let Started { llm, mut manifest, workers } =
            ranks.agree(Started::new(world, run, &resolved, earlier.as_ref()))?;
        if manifest.factors.is_empty() {
            // A cell that is resumed by itself stays one of its design.
            manifest.factors = factors;
        }
        manifest.remote = asked;
        ranks::check_that_all_play_the_same(ranks, &manifest, options)?;
        world.insert_resource(ranks.clone());
        world.insert_resource(Workers(workers));
        // Comes first, so that a folder with files in it says whose it is.
        let mut journal = ranks.agree(Journal::open(directory.as_ref(), manifest, started))?;
        let written = directory.as_ref().map_or(Ok(()), |directory| directory.write(SCENARIO, &resolved));
        // Last of all: from here on, what is asked is paid for.
        let opened = written
            .and_then(|()| remote::open(world, spec, options, directory.as_ref(), journal.manifest.remote.as_ref()));
        let checkpoint = earlier.map(|earlier| earlier.checkpoint);
        let resumed_at = checkpoint.as_ref().map(checkpoint::Checkpoint::ticks_played);
        let played = catch_unwind(AssertUnwindSafe(|| {
            ranks.agree(opened)?;
            ticks::play(world, run, llm, checkpoint, &mut journal)?;
            ranks.agree(settle_tables(world))?;
            adapters::save(world, run, &journal)?;
            let settled = remote::settle(world, directory.as_ref()).and_then(|()| journal.seal());
            Ok(ranks.agree(settled)?)
        }));
        let ended = played.unwrap_or_else(|payload| {
            directory.as_ref().and_then(|directory| crash::report(payload.as_ref(), directory.path()));
            journal.close_after_panic(crash::message(payload.as_ref()));
            // The defect is what has to be reported.
            let _ = settle_tables(world);
            resume_unwind(payload)
        });
        // Rows that wait for the end of others' ticks are worth keeping, however the run ends; the first error is told.
        let settled = settle_tables(world);
        let ended = ended.and(settled);
        // Without a desk, what earlier parts asked stays as they told it.
        if let Some(entry) = remote::entry(world, spec, options) {
            journal.manifest.remote = Some(entry);
        }
        let closed = journal.close(world, ended.as_ref().copied());
        ended.and(closed)?;
        if let Some(directory) = &directory {
            remove_leftovers(directory)?;
        }
        let summary = world.resource::<Summary>().clone();
        let Manifest { halted, seconds, .. } = journal.manifest;
        Ok(Finished { summary, halted, seconds, resumed_at })
    }

    /// Checks that the world holds no agents: those of a second run would have the same numbers as those of the first.
    fn check_that_it_is_new(&self) -> Result<(), RunError> {
        if self.app.world().contains_resource::<Roster>() { Err(RunError::RunBefore) } else { Ok(()) }
    }

    fn factories(&self) -> &Factories {
        self.app.world().resource::<Factories>()
    }
}

/// Writes every row that was recorded to disk, if there are tables.
fn settle_tables(world: &mut World) -> Result<(), RunError> {
    let Some(mut records) = world.get_resource_mut::<Records>() else { return Ok(()) };
    Ok(records.settle().map(|_| ())?)
}

/// What a rank has before it agrees with the others to play.
struct Started {
    llm: Option<Llm>,
    manifest: Manifest,
    workers: ThreadPool,
}

impl Started {
    /// Starts engine and workers; the manifest goes on with the run that was begun `earlier`, if there is one.
    fn new(world: &World, run: &Ready, resolved: &str, earlier: Option<&Earlier>) -> Result<Self, RunError> {
        let Job { spec, options, threads, .. } = &run.job;
        if options.checkpoints.is_some() {
            checkpoint::check_that_they_hold_all(world, spec)?;
        }
        let llm = start_llm(run)?;
        let mut manifest = manifest_of(run, resolved, llm.as_ref());
        if let Some(earlier) = earlier {
            earlier.go_on(&mut manifest)?;
        }
        Ok(Self { llm, manifest, workers: thread_pool(*threads)? })
    }
}

/// Starts the workers and, if any agent needs it, the engine of the base model.
fn start_llm(run: &Ready) -> Result<Option<Llm>, RunError> {
    let Some((model, asking)) = &run.model else { return Ok(None) };
    let Job { options, threads, .. } = &run.job;
    let mut engine = options.backend.engine(&model.base, thread_pool(*threads)?)?;
    if let Some(memory) = &asking.memory {
        engine.set_plan(memory.way);
    }
    Ok(Some(Llm { model: model.clone(), engine, prompts: asking.prompts.clone() }))
}
