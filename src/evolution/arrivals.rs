//! Agents whose place another takes before a tick: by migration between islands, and by invasion.

use super::generation::{INVASION, MIGRATION};
use super::legacy::go_on_with;
use super::lives::Lives;
use super::migration::newcomers;
use super::types::{Origins, become_types, change, changed_since};
use super::{Evolution, EvolutionSpec, InvasionSpec};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::{
    AgentId, Clock, Heritage, Inborn, LastMoves, LearnedState, Lineages, Origin, Populations, Prototypes, Ranks,
    Reputations, Roster, RunSeed, Structure, home_of,
};
use bevy_ecs::prelude::*;
use rand::RngExt;
use std::collections::BTreeMap;

/// Lets agents of different islands exchange places, where the scenario has a migration before this tick. All that is
/// an agent's own moves with it: type, life, parent and birth, what it has learned, what it has been paid in this
/// generation, what it is known for, and what it did last. Names, populations and rewards stay where they are.
pub(super) fn migrate(world: &mut World) {
    let tick = world.resource::<Clock>().tick;
    let EvolutionSpec { migration, burn_in, .. } = &world.resource::<Evolution>().spec;
    let Some(migration) = migration.filter(|migration| migration.is_before(tick, *burn_in)) else { return };
    let Some(structure) = world.get_resource::<Structure>().filter(|structure| !structure.island_of.is_empty()) else {
        return;
    };
    let key = StreamKey { tick, round: MIGRATION, ..StreamKey::default() };
    let mut rng = stream(world.resource::<RunSeed>().0, Purpose::Evolution, key);
    let is_committed = &world.resource::<Origins>().is_committed;
    let newcomers = newcomers(&structure.island_of, is_committed, migration.pairs, &mut rng);
    let before = world.resource::<Lineages>().types.clone();
    let mut lineages = world.resource_mut::<Lineages>();
    lineages.types = moved(&lineages.types, &newcomers);
    lineages.lives = moved(&lineages.lives, &newcomers);
    lineages.parents = moved(&lineages.parents, &newcomers);
    lineages.born = moved(&lineages.born, &newcomers);
    let changed = changed_since(&before, &lineages.types);
    let mut lives = world.resource_mut::<Lives>();
    lives.0 = moved(&lives.0, &newcomers);
    if let Some(mut reputations) = world.get_resource_mut::<Reputations>() {
        reputations.0 = moved(&reputations.0, &newcomers);
    }
    if let Some(mut last) = world.get_resource_mut::<LastMoves>() {
        last.0 = moved(&last.0, &newcomers);
    }
    let moving = newcomers.iter().enumerate().filter(|(place, from)| place != *from);
    let (mut learned, mut inborn): (BTreeMap<u32, LearnedState>, Vec<(u32, Inborn)>) = Default::default();
    for (place, &from) in moving {
        let (place, from) = (place as u32, AgentId(from as u32));
        let (ranks, heritage) = (world.resource::<Ranks>(), world.resource::<Heritage>());
        let own = || {
            let entity = world.entity(world.resource::<Roster>().0[from.index()]);
            (heritage.keep(entity), entity.get::<Inborn>().cloned())
        };
        let brought = ranks.bring(home_of(world, from), home_of(world, AgentId(place)), own);
        let Some((state, born_with)) = brought else { continue };
        learned.extend(state.map(|state| (place, state)));
        inborn.extend(born_with.map(|born_with| (place, born_with)));
    }
    become_types(world, &changed);
    go_on_with(world, &learned);
    for (agent, inborn) in inborn {
        let entity = world.resource::<Roster>().0[agent as usize];
        world.entity_mut(entity).insert(inborn);
    }
}

/// What is at each place once all have moved; what nobody has yet, as before the first tick of a generation, is left.
fn moved<T: Clone>(own: &[T], newcomers: &[usize]) -> Vec<T> {
    if own.len() == newcomers.len() { newcomers.iter().map(|from| own[*from].clone()).collect() } else { own.to_vec() }
}

/// Lets invaders take the places of agents, where the scenario has an invasion before this tick.
pub(super) fn invade(world: &mut World) {
    let Clock { tick, .. } = *world.resource();
    let invasions = world.resource::<Evolution>().spec.invasions.clone();
    for (number, invasion) in invasions.iter().enumerate().filter(|(_, invasion)| invasion.tick == tick) {
        let names = &world.resource::<Populations>().0;
        // The checks have seen that there is such a population.
        let Some(population) = names.iter().position(|name| *name == invasion.population) else { continue };
        let new = world.resource::<Prototypes>().of_population[population];
        let seed = world.resource::<RunSeed>().0;
        let chosen = {
            let (lineages, origins) = (world.resource::<Lineages>(), world.resource::<Origins>());
            let free = |agent: &u32| !origins.is_committed[*agent as usize] && lineages.types[*agent as usize] != new;
            let mut left: Vec<u32> = (0..lineages.types.len() as u32).filter(free).collect();
            let key = StreamKey { tick, seat: number as u32, round: INVASION, ..StreamKey::default() };
            let mut rng = stream(seed, Purpose::Evolution, key);
            let InvasionSpec { count, .. } = *invasion;
            for place in 0..left.len().min(count as usize) {
                let other = rng.random_range(place..left.len());
                left.swap(place, other);
            }
            left.truncate(count as usize);
            left
        };
        let agents: Vec<AgentId> = chosen.into_iter().map(AgentId).collect();
        change(world, |generation| {
            for agent in &agents {
                generation.begin(*agent, new, [None, None], Origin::Invasion);
            }
        });
        become_types(world, &agents);
        let lives = &mut world.resource_mut::<Lives>().0;
        for agent in &agents {
            // A newcomer has nothing of what the agent in its place was paid.
            if let Some(life) = lives.get_mut(agent.index()) {
                *life = (0.0, 0);
            }
        }
        let born_with = |agent: &AgentId| {
            let Inborn(state) = world.get::<Inborn>(world.resource::<Roster>().0[agent.index()])?;
            Some((agent.0, state.clone()))
        };
        let learned = agents.iter().filter_map(born_with).collect();
        go_on_with(world, &learned);
    }
}
