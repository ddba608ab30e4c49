//! Lets agents inherit from each other at the end of every generation.

use super::Evolution;
use super::arrivals::{invade, migrate};
use super::generation::{STRATEGY, WEIGHTS};
use super::legacy::begin_to_learn;
use super::lives::{Lives, live};
use super::types::{Origins, become_types, change, changed_since, found};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{
    Chronicle, Clock, Event, Heritage, Home, Inborn, Lineages, PolicyName, RunSeed, Society, Structure, TickFailure,
    TypeRow, UpdateRule,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use std::collections::BTreeMap;

/// Selection between ticks, in runs that ask for it. Strategies and their names are heritable; other plugins add traits
/// to [`Heritage`].
pub struct EvolutionPlugin;

impl Plugin for EvolutionPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Lives>().init_resource::<Lineages>().init_resource::<Chronicle>();
        app.world_mut().get_resource_or_init::<Heritage>().component::<PolicyName>();
        let mut snapshots = app.world_mut().get_resource_or_init::<Snapshots>();
        snapshots.resource::<Lineages>("lineages");
        snapshots.resource::<Lives>("lives");
        snapshots.agents("inborn", |agent| agent.get::<Inborn>().cloned(), be_born_with);
        let evolves = resource_exists::<Evolution>;
        app.add_systems(Tick, (found, migrate, invade).chain().run_if(evolves).before(TickSystems::Pair));
        app.add_systems(Tick, (live, evolve).chain().run_if(evolves).in_set(TickSystems::Evolve));
    }
}

/// An update rule that cannot go on.
#[derive(Debug, thiserror::Error)]
enum RuleError {
    #[error("{rule} named agent number {agent}; there are {agents}")]
    UnknownAgent { rule: String, agent: u32, agents: usize },
    #[error("{rule}: {problem}")]
    Refused { rule: String, problem: String },
}

/// Gives an agent what it was born with, on its home.
fn be_born_with(agent: &mut EntityWorldMut, inborn: Inborn) -> Result<(), String> {
    if agent.get::<Home>().is_none_or(|home| home.is_here) {
        agent.insert(inborn);
    }
    Ok(())
}

/// Ends a generation, if the tick is its last.
fn evolve(world: &mut World) {
    let Clock { tick, ticks } = *world.resource();
    if !world.resource::<Evolution>().ends(tick) {
        if tick + 1 == ticks {
            leave_behind(world, ticks);
        }
        return;
    }
    let evolution = world.resource::<Evolution>().clone();
    let lives = std::mem::take(&mut world.resource_mut::<Lives>().0);
    let fitness: Vec<f64> = lives.iter().map(|&(sum, decisions)| sum / decisions.max(1) as f64).collect();
    let events = match events(world, &*evolution.rule, tick, &fitness) {
        Ok(events) => events,
        Err(error) => return world.resource_mut::<TickFailure>().note(error),
    };
    let rows = type_rows(world, tick, Some(&fitness));
    world.resource_mut::<Chronicle>().types.extend(rows);
    let before = world.resource::<Lineages>().types.clone();
    let at_once = evolution.rule.at_once();
    let newborns = change(world, |generation| generation.carry_out(&events, at_once));
    let changed = changed_since(&before, &world.resource::<Lineages>().types);
    become_types(world, &changed);
    begin_to_learn(world, &evolution.spec, &newborns, at_once);
    let more_to_come = evolution.spec.invasions.iter().any(|invasion| invasion.tick > tick);
    let is_fixed = world.resource::<Lineages>().fixed().is_some();
    let is_over = evolution.spec.stop_at_fixation && is_fixed && !more_to_come;
    world.resource_mut::<Chronicle>().is_over = is_over;
    if is_over || tick + 1 == ticks {
        leave_behind(world, tick + 1);
    }
}

/// Writes down the types that the run leaves behind after `played` ticks.
fn leave_behind(world: &mut World, played: u32) {
    let rows = type_rows(world, played, None);
    world.resource_mut::<Chronicle>().types.extend(rows);
}

/// What the rule makes of a generation.
fn events(world: &World, rule: &dyn UpdateRule, tick: u32, fitness: &[f64]) -> Result<Vec<Event>, RuleError> {
    let key = StreamKey { tick, ..StreamKey::default() };
    let mut rng = stream(world.resource::<RunSeed>().0, Purpose::Evolution, key);
    let everyone;
    let structure = match world.get_resource::<Structure>() {
        Some(structure) => structure,
        None => {
            everyone = Structure::complete(fitness.len());
            &everyone
        }
    };
    let society = Society { fitness, replacement: &structure.replacement };
    let events = rule.events(&society, &mut rng);
    let events = events.map_err(|problem| RuleError::Refused { rule: rule.summary(), problem })?;
    let named = events.iter().flat_map(|event| match *event {
        Event::Birth { child, parent } => [child, parent],
        Event::Stay(agent) => [agent, agent],
    });
    match named.into_iter().find(|agent| agent.index() >= fitness.len()) {
        Some(agent) => Err(RuleError::UnknownAgent { rule: rule.summary(), agent: agent.0, agents: fitness.len() }),
        None => Ok(events),
    }
}

/// How every type does that has agents, by its number; with their mean `fitness`, if they have played.
fn type_rows(world: &World, tick: u32, fitness: Option<&[f64]>) -> Vec<TypeRow> {
    let (lineages, founders) = (world.resource::<Lineages>(), &world.resource::<Origins>().founders);
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for (number, fitness) in lineages.types.iter().zip(fitness.unwrap_or_default()) {
        *sums.entry(*number).or_default() += fitness;
    }
    let agents = lineages.types.len() as f64;
    let living = lineages.known.iter().filter(|(_, known)| known.count > 0);
    let row = |(number, known): (&u32, &crate::world::Type)| TypeRow {
        tick,
        name: founders.name_of(known),
        count: known.count,
        frequency: known.count as f64 / agents,
        fitness: sums.get(number).map_or(f64::NAN, |sum| sum / known.count as f64),
        strategy: founders.numbers_of(known, STRATEGY).unwrap_or_default().to_vec(),
        weights: founders.numbers_of(known, WEIGHTS).unwrap_or_default().to_vec(),
    };
    living.map(row).collect()
}
