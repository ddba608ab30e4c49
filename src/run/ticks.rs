//! The loop over the ticks of a run.

use super::RunError;
use super::checkpoint::{self, Checkpoint};
use super::job::Job;
use super::journal::Journal;
use super::options::RunOptions;
use super::pace::Pace;
use super::prepare::Ready;
use super::prompts;
use crate::metrics::{Columns, Records, Tables};
use crate::policies::llm::LlmLearner;
use crate::scenario::format::{OutputSpec, ScenarioSpec};
use crate::scenario::spawn::{Llm, generates, spawn, talks, terms_in_use};
use crate::world::schedule::Tick;
use crate::world::{Account, Clock, Ledger, Rules, Structure, TermNames, TickFailure};
use bevy_ecs::world::World;
use std::path::Path;
use std::time::Instant;

/// Spawns the agents of `run` in `world` and runs its ticks, those after `checkpoint` if there is one.
pub(super) fn play(
    world: &mut World,
    run: &Ready,
    llm: Option<Llm>,
    checkpoint: Option<Checkpoint>,
    journal: &mut Journal,
) -> Result<(), RunError> {
    let Job { spec, rules, matchmaker, evolution, options, .. } = &run.job;
    let progress = &options.progress;
    let has_model = llm.is_some();
    if has_model {
        // The base model reads every prompt once, which takes seconds.
        progress.0.set_message("first reading");
        progress.start(1);
    }
    let ranks = options.ranks.clone();
    let spawned = spawn(world, spec, rules.clone(), matchmaker.clone(), evolution.clone(), llm, &run.frozen.answers);
    let opened = spawned.map_err(RunError::from).and_then(|()| {
        let Some(directory) = journal.directory else { return Ok(()) };
        let records = open_tables(spec, world, directory.path(), checkpoint.as_ref())?;
        world.insert_resource(records);
        Ok(())
    });
    ranks.agree(opened)?;
    let resumed = ranks.first(checkpoint.as_ref().map(|earlier| (earlier.ticks_played(), earlier.is_over())));
    let (first, was_over) = resumed.unwrap_or((0, false));
    if let Some(directory) = journal.directory.filter(|_| has_model && first == 0) {
        prompts::keep(world, directory.path());
    }
    world.resource_mut::<Clock>().tick = first;
    if resumed.is_some() {
        Checkpoint::load(checkpoint, &ranks, world)?;
    }
    if ranks.any(options.interrupt.is_requested()) {
        return Err(RunError::Interrupted { played: first, ticks: spec.ticks, is_saved: resumed.is_some() });
    }
    if was_over {
        return Ok(());
    }
    let steps_per_tick = count_slow_steps(world);
    progress.start(u64::from(spec.ticks) * steps_per_tick);
    progress.0.set_position(u64::from(first) * steps_per_tick);
    world.insert_resource(progress.clone());
    let _playing = options.interrupt.playing();
    run_ticks(world, spec, first, steps_per_tick, options, journal)
}

/// Runs the ticks from `first` on, with everything that is done between two of them.
fn run_ticks(
    world: &mut World,
    spec: &ScenarioSpec,
    first: u32,
    steps_per_tick: u64,
    options: &RunOptions,
    journal: &mut Journal,
) -> Result<(), RunError> {
    let progress = &options.progress.0;
    let mut pace = Pace::new(first, spec.ticks);
    options.watch.tell(&pace, || f64::NAN);
    let mut last_checkpoint = Instant::now();
    for tick in first..spec.ticks {
        world.resource_mut::<Clock>().tick = tick;
        progress.set_message(format!("tick {}/{}", tick + 1, spec.ticks));
        world.run_schedule(Tick);
        world.clear_trackers();
        let played = tick + 1;
        let failed = world.resource_mut::<TickFailure>().take();
        let passed = failed.map_or_else(|| journal.pass(played), |error| Err(RunError::of_tick(error)));
        options.ranks.agree(passed)?;
        progress.set_position(u64::from(played) * steps_per_tick);
        pace.pass();
        options.watch.tell(&pace, || cooperation(world));
        if played == spec.ticks || checkpoint::is_over(world) {
            world.resource_mut::<Clock>().tick = played;
            break;
        }
        let interrupted = options.ranks.any(options.interrupt.is_requested());
        let saves = journal.directory.and(options.checkpoints);
        let is_due = saves.is_some_and(|every| interrupted || last_checkpoint.elapsed() >= every);
        if options.ranks.first(is_due) {
            checkpoint::save(world, journal.directory, &journal.manifest, played)?;
            last_checkpoint = Instant::now();
        }
        if interrupted {
            world.resource_mut::<Clock>().tick = played;
            return Err(RunError::Interrupted { played, ticks: spec.ticks, is_saved: saves.is_some() });
        }
    }
    Ok(())
}

/// Cooperative share of the legal actions of the tick that was just played; NaN if there are none.
fn cooperation(world: &World) -> f64 {
    let Some(ledger) = world.get_resource::<Ledger>() else { return f64::NAN };
    let add = |[cooperations, legal]: [u64; 2], account: &Account| {
        [cooperations + account.cooperations, legal + account.decisions - account.illegal]
    };
    let [cooperations, legal] = ledger.accounts.iter().fold([0; 2], add);
    cooperations as f64 / legal as f64
}

/// Opens the tables of a run, as long as they were at its checkpoint if it resumes from one.
fn open_tables(
    spec: &ScenarioSpec,
    world: &World,
    directory: &Path,
    checkpoint: Option<&Checkpoint>,
) -> Result<Records, RunError> {
    let terms = terms_in_use(spec, world.resource::<TermNames>());
    let added = world.resource::<Columns>();
    let OutputSpec { moves, pairs, generations, selections, exact, .. } = spec.output;
    let generations = generations && generates(spec);
    let pairs = pairs && world.resource::<Rules>().game.seats() == 2;
    let reputation = spec.reputation.is_some();
    let structure = world.get_resource::<Structure>();
    let inherit = spec.evolution.as_ref().map(|evolution| &evolution.inherit);
    let tables = Tables {
        moves,
        messages: talks(spec),
        generations,
        pairs,
        selections,
        exact,
        reputation,
        types: spec.evolution.is_some(),
        genealogy: spec.evolution.as_ref().is_some_and(|evolution| evolution.genealogy),
        lattice: structure.is_some_and(|structure| structure.width.is_some()),
        islands: structure.is_some_and(|structure| !structure.island_of.is_empty()),
        strategies: inherit.is_some_and(|inherit| inherit.strategy),
    };
    let weights: Vec<(usize, &str)> =
        inherit.iter().flat_map(|inherit| &inherit.weights).map(String::as_str).enumerate().collect();
    match checkpoint {
        Some(checkpoint) => Records::reopen(directory, &terms, &weights, tables, added, checkpoint.tables())
            .map_err(|error| checkpoint.bad(format!("a table is not as the run left it: {error}"))),
        None => Records::create(directory, &terms, &weights, tables, added)
            .map_err(|source| RunError::write(directory, source)),
    }
}

/// Slow steps of one tick: a scoring pass and an update per learner, a step for anything else.
fn count_slow_steps(world: &mut World) -> u64 {
    let learners = world.query::<&LlmLearner>().iter(world).count() as u64;
    (2 * learners).max(1)
}
