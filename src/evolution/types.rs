//! Which types the agents of a run are of, and the traits that this gives them.

use super::Evolution;
use super::generation::{Founders, Generation, STRATEGY, WEIGHTS, strategy_name};
use crate::world::{
    AgentId, Chronicle, Clock, Heritage, Lineages, Population, Populations, Prototypes, Roster, RunSeed, TypeNames,
};
use bevy_ecs::prelude::*;

/// What is known of the founding types from the first tick on.
#[derive(Resource, Clone, Debug)]
pub(super) struct Origins {
    pub founders: Founders,
    /// Who never changes, by agent.
    pub is_committed: Vec<bool>,
}

/// Notes what the founding types are made of, once. Agents begin as founders; in a run that resumes, every agent gets
/// the traits that it has inherited.
pub(super) fn found(world: &mut World) {
    world.resource_mut::<Chronicle>().types.clear();
    world.resource_mut::<Chronicle>().births.clear();
    if world.contains_resource::<Origins>() {
        return;
    }
    let spec = world.resource::<Evolution>().spec.clone();
    let prototypes = world.resource::<Prototypes>().clone();
    let heritage = world.resource::<Heritage>();
    let numbers = prototypes.entities.iter().map(|&entity| {
        let entity = world.entity(entity);
        let strategy = if spec.inherit.strategy { heritage.read(strategy_name(), entity) } else { None };
        let weights: Option<Vec<f64>> =
            spec.inherit.weights.iter().map(|term| Some(heritage.read(term, entity)?[0])).collect();
        [strategy, weights.filter(|weights| !weights.is_empty())]
    });
    let founders = Founders {
        names: prototypes.names.clone(),
        strategies: prototypes.strategies.clone(),
        strategy_names: prototypes.strategy_names.clone(),
        numbers: numbers.collect(),
        terms: spec.inherit.weights.clone(),
    };
    let roster = &world.resource::<Roster>().0;
    let names = &world.resource::<Populations>().0;
    let populations = roster.iter().map(|agent| world.get::<Population>(*agent).map_or(0, |own| own.0 as usize));
    let populations: Vec<usize> = populations.collect();
    let is_committed = populations.iter().map(|&population| spec.committed.contains(&names[population])).collect();
    world.resource_mut::<Chronicle>().keeps_births = spec.genealogy;
    world.insert_resource(Origins { founders, is_committed });
    world.init_resource::<TypeNames>();
    let begun: Vec<u32> = populations.iter().map(|&population| prototypes.of_population[population]).collect();
    let lineages = world.resource::<Lineages>();
    if lineages.types.is_empty() {
        let founding = prototypes.entities.len() as u32;
        world.insert_resource(Lineages::founded(begun, founding));
        name_types(world);
        return;
    }
    name_types(world);
    let lineages = world.resource::<Lineages>();
    let changed = changed_since(&begun, &lineages.types);
    become_types(world, &changed);
}

/// Keeps the names of all types that are known.
fn name_types(world: &mut World) {
    world.resource_scope(|world, mut names: Mut<TypeNames>| {
        let (lineages, founders) = (world.resource::<Lineages>(), &world.resource::<Origins>().founders);
        names.0.retain(|number, _| lineages.known.contains_key(number));
        for (number, known) in &lineages.known {
            names.0.entry(*number).or_insert_with(|| founders.name_of(known));
        }
    });
}

/// The agents whose type is no longer what it was.
pub(super) fn changed_since(before: &[u32], now: &[u32]) -> Vec<AgentId> {
    let differs = |(agent, (before, now)): (usize, (&u32, &u32))| (before != now).then_some(AgentId(agent as u32));
    before.iter().zip(now).enumerate().filter_map(differs).collect()
}

/// Gives each of `agents` the heritable traits of its type.
pub(super) fn become_types(world: &mut World, agents: &[AgentId]) {
    let spec = world.resource::<Evolution>().spec.inherit.clone();
    let entities = world.resource::<Prototypes>().entities.clone();
    world.resource_scope(|world, lineages: Mut<Lineages>| {
        world.resource_scope(|world, origins: Mut<Origins>| {
            for agent in agents {
                let known = &lineages.known[&lineages.types[agent.index()]];
                let entity = world.resource::<Roster>().0[agent.index()];
                if spec.strategy {
                    Heritage::pass_on(world, entities[known.base as usize], entity);
                    if let Some(numbers) = known.numbers.get(STRATEGY).filter(|numbers| !numbers.is_empty()) {
                        Heritage::write(world, strategy_name(), entity, numbers);
                    }
                }
                let weights = origins.founders.numbers_of(known, WEIGHTS).unwrap_or_default();
                for (term, weight) in spec.weights.iter().zip(weights) {
                    Heritage::write(world, term, entity, &[*weight]);
                }
            }
        });
    });
}

/// Changes types and lives by `work`.
pub(super) fn change<R>(world: &mut World, work: impl FnOnce(&mut Generation) -> R) -> R {
    let key = (world.resource::<Clock>().tick, world.resource::<RunSeed>().0);
    let done = world.resource_scope(|world, mut chronicle: Mut<Chronicle>| {
        world.resource_scope(|world, mut lineages: Mut<Lineages>| {
            let (origins, spec) = (world.resource::<Origins>(), &world.resource::<Evolution>().spec);
            let changes = (&spec.mutation, spec.inherit.crossover);
            let births = chronicle.keeps_births.then_some(());
            let births = births.map(|()| &mut chronicle.births);
            let Origins { founders, is_committed } = origins;
            work(&mut Generation::new(&mut lineages, founders, changes, is_committed, key, births))
        })
    });
    name_types(world);
    done
}
