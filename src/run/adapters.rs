//! The adapters that a run leaves behind.

use super::directory::ADAPTERS;
use super::journal::Journal;
use super::plan::{learner, reward};
use super::prepare::Ready;
use super::{RunDirectory, RunError, checkpoint};
use crate::llm::error::ModelError;
use crate::llm::files::peft::{self, Fact};
use crate::llm::lora::Adapter;
use crate::metrics::{memory_one, nearest_strategy, number};
use crate::policies::llm::LlmPolicy;
use crate::scenario::format::{HorizonSpec, PolicySpec, ScenarioSpec};
use crate::text::shown;
use crate::world::{AgentName, Clock, Home, Population, ReadOut, ReadOutSource, Roster, Rules};
use bevy_ecs::query::QueryData;
use bevy_ecs::world::World;
use std::path::{Path, PathBuf};

/// An adapter that is not there.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no adapter of `{}` in {}; it is saved when a run ends, unless the scenario says `output: (adapters: false)`",
    shown(agent),
    folder.display()
)]
pub struct NoAdapter {
    /// The agent it belongs to.
    pub agent: String,
    /// The folder where it should be.
    pub folder: PathBuf,
}

/// The folder with the adapter of `agent` in that of the `run`.
///
/// # Errors
/// If there is none.
pub fn adapter_of(run: &Path, agent: &str) -> Result<PathBuf, NoAdapter> {
    let folder = run.join(ADAPTERS).join(agent);
    if folder.is_dir() { Ok(folder) } else { Err(NoAdapter { agent: agent.to_owned(), folder }) }
}

/// Writes the adapter of every LLM agent that has ever learned. Until all of them are on disk, the state that the run
/// has reached is kept in a checkpoint, if any are written. All ranks call this; the first writes.
pub(super) fn save(world: &mut World, run: &Ready, journal: &Journal) -> Result<(), RunError> {
    let Some((model, _)) = &run.model else { return Ok(()) };
    let (spec, ranks) = (&run.job.spec, &run.job.options.ranks);
    let mut query = world.query::<Trained>();
    let is_trained = query.iter(world).any(|agent| agent.home.is_here && agent.policy.generation > 0);
    if !spec.output.adapters || !ranks.any(is_trained) || !ranks.first(journal.directory.is_some()) {
        return Ok(());
    }
    let played = world.resource::<Clock>().tick;
    if run.job.options.checkpoints.is_some() {
        // If there is room for the adapters but not for this, the run is still done.
        let _ = checkpoint::save(world, journal.directory, &journal.manifest, played);
    }
    let rules = world.resource::<Rules>();
    let mut saved = Ok(());
    for entity in &world.resource::<Roster>().0 {
        let Ok(agent) = query.get(world, *entity) else { continue };
        let policy = agent.policy;
        let brought = ranks.bring_first(*agent.home, || (policy.generation, policy.adapter.params.clone()));
        let Some((directory, (generation, params))) = journal.directory.zip(brought) else { continue };
        if generation == 0 || saved.is_err() {
            continue;
        }
        let folder = directory.adapter(&agent.name.0);
        let facts = facts(spec, played, rules, &agent, generation);
        let Adapter { config, slots, invocation, .. } = policy.adapter.clone();
        let adapter = Adapter { config, slots, invocation, params };
        saved = peft::save(&adapter, &model.id, &folder, &facts).map_err(|error| not_saved(directory, &folder, error));
    }
    Ok(ranks.agree(saved)?)
}

/// An agent with an adapter.
#[derive(QueryData)]
struct Trained {
    name: &'static AgentName,
    population: &'static Population,
    home: &'static Home,
    policy: &'static LlmPolicy,
    read_out: &'static ReadOut,
    source: &'static ReadOutSource,
}

/// What the adapter's card says after `played` ticks and `generation` updates: how it came about, and what it plays.
fn facts(spec: &ScenarioSpec, played: u32, rules: &Rules, agent: &TrainedItem, generation: u64) -> Vec<Fact> {
    let population = &spec.populations[agent.population.0 as usize];
    let rewards: Vec<String> = population.rewards.iter().map(reward).collect();
    let players = spec.populations.iter().map(|population| format!("{} × {}", population.count, population.name));
    let rounds = match spec.rounds {
        HorizonSpec::Fixed(rounds) => format!("{rounds} rounds a match"),
        HorizonSpec::Continue { probability, at_most } => {
            format!("matches go on with probability {probability}, at most {at_most} rounds")
        }
    };
    let mut facts = vec![
        ("scenario, agent, seed", format!("{}, {}, {}", spec.name, agent.name.0, spec.seed)),
        ("game", format!("{}, {rounds}, noise {}", rules.game.name(), spec.noise)),
        ("players", players.collect::<Vec<_>>().join(", ")),
        ("reward", rewards.join(" + ")),
        ("learner", learner(population).unwrap_or_else(|| "none".into())),
        ("ticks, updates", format!("{played}, {generation}")),
    ];
    if matches!(&population.policy, PolicySpec::Llm { from: Some(_), .. }) {
        facts.push(("started from", "another adapter".into()));
    }
    let [start, after @ ..] = memory_one(rules, &agent.read_out.0);
    if let Some(nearest) = nearest_strategy(after) {
        let how = if *agent.source == ReadOutSource::Counted { "counted" } else { "exact" };
        let [cc, cd, dc, dd] = after.map(number);
        facts.push((
            "plays",
            format!(
                "p(C) at the start {}, after CC {cc}, CD {cd}, DC {dc}, DD {dd} (own action first; {how}, in the last tick, \
                 before its update); nearest strategy: {nearest}",
                number(start)
            ),
        ));
    }
    facts.into_iter().map(|(what, value)| (what.to_owned(), value)).collect()
}

/// The error of an adapter that could not be written to `folder`; the folder is removed, since half an adapter is none.
fn not_saved(directory: &RunDirectory, folder: &Path, error: ModelError) -> RunError {
    let _ = std::fs::remove_dir_all(folder);
    // Fails, as it should, if other adapters are in it.
    let _ = std::fs::remove_dir(directory.path().join(ADAPTERS));
    match error {
        ModelError::Io { path, source, .. } => RunError::write(&path, source),
        other => other.into(),
    }
}
