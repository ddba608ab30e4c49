//! What the founders of a run are made of, for runs whose agents inherit from each other.

use super::SpawnError;
use crate::scenario::format::{EvolutionSpec, PopulationSpec, RewardSpec, ScenarioSpec};
use crate::world::{PolicyName, Prototypes, Structure};
use bevy_ecs::prelude::*;
use std::sync::Arc;

/// The founding type of every population of `spec`: two populations are of one type if they are equal in what is
/// inherited. Types are numbered in the order of the populations that bring them.
pub fn founding_types(spec: &ScenarioSpec, evolution: &EvolutionSpec) -> Vec<usize> {
    let mut first: Vec<usize> = Vec::new();
    let populations = &spec.populations;
    let of = |population: &PopulationSpec| {
        let is_equal = |&other: &usize| are_equal(population, &populations[other], evolution);
        first.iter().position(is_equal).unwrap_or_else(|| {
            first.push(populations.iter().position(|other| std::ptr::eq(other, population)).unwrap_or(0));
            first.len() - 1
        })
    };
    populations.iter().map(of).collect()
}

/// Whether the members of two populations begin with equal heritable traits.
fn are_equal(one: &PopulationSpec, other: &PopulationSpec, evolution: &EvolutionSpec) -> bool {
    let weight = |population: &PopulationSpec, term: &str| {
        population.rewards.iter().find(|reward| reward.term.name() == term).map(|reward: &RewardSpec| reward.weight)
    };
    let same_strategy = !evolution.inherit.strategy || one.policy == other.policy;
    same_strategy && evolution.inherit.weights.iter().all(|term| weight(one, term) == weight(other, term))
}

/// Makes an entity for every founding type, with the heritable traits that its agents begin with; `make` makes one like
/// a member of a population.
pub(super) fn prototypes(
    world: &mut World,
    spec: &ScenarioSpec,
    evolution: &EvolutionSpec,
    mut make: impl FnMut(&mut World, &PopulationSpec) -> Result<Entity, SpawnError>,
) -> Result<Prototypes, SpawnError> {
    let types = founding_types(spec, evolution);
    let (mut entities, mut names) = (Vec::new(), Vec::<String>::new());
    let mut bringers: Vec<&PopulationSpec> = Vec::new();
    for (number, population) in spec.populations.iter().enumerate() {
        if types[number] < entities.len() {
            continue;
        }
        let entity = make(world, population)?;
        let policy = world.get::<PolicyName>(entity).map_or_else(|| population.name.clone(), |policy| policy.0.clone());
        entities.push(entity);
        names.push(policy);
        bringers.push(population);
    }
    let same = |one: &PopulationSpec, other: &PopulationSpec| !evolution.inherit.strategy || one.policy == other.policy;
    let first = |own: &&PopulationSpec| bringers.iter().position(|other| same(own, other)).unwrap_or(0);
    let strategies: Vec<usize> = bringers.iter().map(first).collect();
    let is_alone = |number: usize| {
        (0..names.len()).all(|other| names[other] != names[number] || strategies[other] == strategies[number])
    };
    let strategy_name = |&number: &usize| match is_alone(number) {
        true => names[number].as_str().into(),
        false => format!("{}/{}", names[number], bringers[number].name).into(),
    };
    Ok(Prototypes {
        entities,
        names: told_apart(spec, &types, &names),
        strategy_names: strategies.iter().map(strategy_name).collect(),
        strategies: strategies.iter().map(|&number| number as u32).collect(),
        of_population: types.iter().map(|&number| number as u32).collect(),
    })
}

/// The names of the founding types: those of their policies, with the population where two policies are called alike.
fn told_apart(spec: &ScenarioSpec, types: &[usize], policies: &[String]) -> Vec<Arc<str>> {
    let first = |number: usize| types.iter().position(|other| *other == number).unwrap_or(0);
    let name = |(number, policy): (usize, &String)| {
        let is_alone = policies.iter().filter(|other| *other == policy).count() == 1;
        if is_alone {
            policy.as_str().into()
        } else {
            format!("{policy}/{}", spec.populations[first(number)].name).into()
        }
    };
    policies.iter().enumerate().map(name).collect()
}

/// `structure`, unless the scenario asks of it what it cannot give.
///
/// # Errors
/// If the run is to stop at fixation, which no type can reach where some agents inherit from none of the others.
pub(super) fn fit_for(spec: &ScenarioSpec, structure: Structure) -> Result<Structure, SpawnError> {
    let cannot_move = |evolution: &EvolutionSpec| evolution.migration.is_none() || structure.island_of.is_empty();
    let asks = spec.evolution.as_ref().is_some_and(|evolution| evolution.stop_at_fixation && cannot_move(evolution));
    if !asks || structure.replacement.is_connected() {
        return Ok(structure);
    }
    let problem = "the graph of replacement is not connected for this seed, so that no type can take over, and \
                   `stop_at_fixation` asks for it";
    Err(SpawnError::Refused { what: "structure".into(), problem: problem.into() })
}
