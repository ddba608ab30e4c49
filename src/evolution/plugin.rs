//! Lets agents inherit from each other at the end of every generation.

use super::generation::{Founders, Generation, INVASION, MIGRATION, NOISE, Newborn, STRATEGY, WEIGHTS, strategy_name};
use super::migration::newcomers;
use super::mutation::AdapterMutation;
use super::traits::{Learned, Moments};
use super::{EvolutionSpec, FitnessSpec, InvasionSpec};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::schedule::{Tick, TickSystems};
use crate::world::snapshot::Snapshots;
use crate::world::{
    Account, AdapterNoise, AgentId, Chronicle, Clock, Event, Heritage, Inborn, LastMoves, LearnedState, Ledger,
    Lineages, Origin, PolicyName, Population, Populations, Prototypes, Reputations, Roster, RunSeed, Society,
    Structure, TermNames, TickFailure, TypeNames, TypeRow, UpdateRule,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How agents of this run inherit from each other.
#[derive(Resource, Clone, Debug)]
pub struct Evolution {
    /// Who inherits from whom.
    pub rule: Arc<dyn UpdateRule>,
    /// Everything that the scenario says of it.
    pub spec: EvolutionSpec,
}

impl Evolution {
    /// A few words for the dry run.
    pub fn summary(&self) -> String {
        let EvolutionSpec { every, fitness, mutation, inherit, migration, .. } = &self.spec;
        let ticks = if *every == 1 { "every tick".into() } else { format!("every {every} ticks") };
        let fitness = match fitness {
            FitnessSpec::Payoff => String::new(),
            FitnessSpec::Reward => ", fitness is the reward".into(),
            FitnessSpec::Term(term) => format!(", fitness is `{term}`"),
        };
        let mutation = if mutation.is_any() { ", with mutation" } else { "" };
        let crossover = if inherit.crossover > 0.0 { ", with crossover" } else { "" };
        let migration = migration.map_or_else(String::new, |migration| format!(", {}", migration.summary()));
        let learned = match (inherit.learned, inherit.moments) {
            (Learned::Baldwinian, _) => "",
            (Learned::Darwinian, _) => "; a child begins with what its parent was born with",
            (Learned::Lamarckian, Moments::Copy) => "; a child has what its parent has learned, with its moments",
            (Learned::Lamarckian, Moments::Zero) => "; a child has what its parent has learned, without its moments",
        };
        format!("{}, {ticks}{fitness}{mutation}{crossover}{migration}{learned}", self.rule.summary())
    }

    /// Whether a generation ends with `tick`.
    fn ends(&self, tick: u32) -> bool {
        let EvolutionSpec { every, burn_in, .. } = self.spec;
        tick >= burn_in && (tick + 1 - burn_in).is_multiple_of(every)
    }
}

/// Fitness and decisions of every agent since its generation began.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
struct Lives(Vec<(f64, u64)>);

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
        snapshots.component::<Inborn>("inborn");
        let evolves = resource_exists::<Evolution>;
        app.add_systems(Tick, (found, migrate, invade).chain().run_if(evolves).before(TickSystems::Pair));
        app.add_systems(Tick, (live, evolve).chain().run_if(evolves).in_set(TickSystems::Evolve));
    }
}

/// What is known of the founding types from the first tick on.
#[derive(Resource, Clone, Debug)]
struct Origins {
    founders: Founders,
    /// Who never changes, by agent.
    is_committed: Vec<bool>,
}

/// Notes what the founding types are made of, once. Agents begin as founders; in a run that resumes, every agent gets
/// the traits that it has inherited.
fn found(world: &mut World) {
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
fn changed_since(before: &[u32], now: &[u32]) -> Vec<AgentId> {
    let differs = |(agent, (before, now)): (usize, (&u32, &u32))| (before != now).then_some(AgentId(agent as u32));
    before.iter().zip(now).enumerate().filter_map(differs).collect()
}

/// Gives each of `agents` the heritable traits of its type.
fn become_types(world: &mut World, agents: &[AgentId]) {
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

/// Lets agents of different islands exchange places, where the scenario has a migration before this tick. All that is
/// an agent's own moves with it: type, life, parent and birth, what it has learned, what it has been paid in this
/// generation, what it is known for, and what it did last. Names, populations and rewards stay where they are.
fn migrate(world: &mut World) {
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
    let learned: Vec<(AgentId, Option<LearnedState>, Option<Inborn>)> = {
        let (entities, heritage) = (&world.resource::<Roster>().0, world.resource::<Heritage>());
        let moving = newcomers.iter().enumerate().filter(|(place, from)| place != *from);
        let own = |(place, &from): (usize, &usize)| {
            let entity = world.entity(entities[from]);
            (AgentId(place as u32), heritage.keep(entity), entity.get::<Inborn>().cloned())
        };
        moving.map(own).collect()
    };
    become_types(world, &changed);
    for (agent, state, inborn) in learned {
        let entity = world.resource::<Roster>().0[agent.index()];
        if let Some(Err(problem)) = state.map(|state| Heritage::recall(world, entity, &state)) {
            world.resource_mut::<TickFailure>().note(NotLearned { agent: agent.0, problem });
        }
        if let Some(inborn) = inborn {
            world.entity_mut(entity).insert(inborn);
        }
    }
}

/// What is at each place once all have moved; what nobody has yet, as before the first tick of a generation, is left.
fn moved<T: Clone>(own: &[T], newcomers: &[usize]) -> Vec<T> {
    if own.len() == newcomers.len() { newcomers.iter().map(|from| own[*from].clone()).collect() } else { own.to_vec() }
}

/// Lets invaders take the places of agents, where the scenario has an invasion before this tick.
fn invade(world: &mut World) {
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
        for agent in &agents {
            let own = world.resource::<Roster>().0[agent.index()];
            if let Some(Inborn(state)) = world.get::<Inborn>(own).cloned() {
                go_on_with(world, agent.0, &state);
            }
        }
    }
}

/// Changes types and lives by `work`.
fn change<R>(world: &mut World, work: impl FnOnce(&mut Generation) -> R) -> R {
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

/// Adds the tick to every agent's life.
fn live(
    clock: Res<Clock>,
    evolution: Res<Evolution>,
    terms: Res<TermNames>,
    ledger: Res<Ledger>,
    mut lives: ResMut<Lives>,
) {
    if clock.tick < evolution.spec.burn_in {
        return;
    }
    let term = match &evolution.spec.fitness {
        FitnessSpec::Term(name) => terms.0.iter().position(|term| term == name),
        _ => None,
    };
    let of = |account: &Account| match (&evolution.spec.fitness, term) {
        (FitnessSpec::Payoff, _) => account.payoff,
        (FitnessSpec::Reward, _) => account.reward,
        (FitnessSpec::Term(_), term) => term.and_then(|term| account.terms.get(term)).copied().unwrap_or(0.0),
    };
    lives.0.resize(ledger.accounts.len(), (0.0, 0));
    for ((sum, decisions), account) in lives.0.iter_mut().zip(&ledger.accounts) {
        *sum += of(account);
        *decisions += account.decisions;
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

/// What a learner could not go on with.
#[derive(Debug, thiserror::Error)]
#[error("agent number {agent} cannot take over what another has learned: {problem}")]
struct NotLearned {
    agent: u32,
    problem: String,
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

/// How every type does that has agents, most of them first; with their mean `fitness`, if they have played.
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

/// What agents had learned when the generation ended, by the rule of inheritance.
struct Legacy<'a> {
    world: &'a World,
    spec: &'a EvolutionSpec,
    /// What was asked for already, by agent.
    known: BTreeMap<u32, Option<LearnedState>>,
}

impl Legacy<'_> {
    /// What an agent hands on; `None` if it learns nothing that can be inherited.
    fn of(&mut self, agent: u32) -> Result<Option<LearnedState>, String> {
        if let Some(known) = self.known.get(&agent) {
            return Ok(known.clone());
        }
        let (heritage, inherit) = (self.world.resource::<Heritage>(), &self.spec.inherit);
        let entity = self.entity(agent);
        let state = match inherit.learned {
            Learned::Baldwinian | Learned::Darwinian => entity.get::<Inborn>().map(|inborn| inborn.0.clone()),
            Learned::Lamarckian => heritage.keep(entity),
        };
        let forgets = inherit.learned == Learned::Lamarckian && inherit.moments == Moments::Zero;
        let state = match state {
            Some(state) if forgets => Some(heritage.without_moments(&state)?),
            state => state,
        };
        self.known.insert(agent, state.clone());
        Ok(state)
    }

    fn entity(&self, agent: u32) -> EntityRef<'_> {
        self.world.entity(self.world.resource::<Roster>().0[agent as usize])
    }

    /// What `newborn` begins with, where `now` is what those before it have begun with.
    fn left_to(
        &mut self,
        newborn: &Newborn,
        now: &BTreeMap<u32, LearnedState>,
    ) -> Result<Option<LearnedState>, String> {
        let Newborn { agent, parent, is_crossed, mutates_in } = *newborn;
        if self.spec.inherit.learned == Learned::Baldwinian {
            return self.of(agent);
        }
        let mut of = |one: u32| now.get(&one).map_or_else(|| self.of(one), |state| Ok(Some(state.clone())));
        let (first, second) = (of(parent)?, if is_crossed { of(agent)? } else { None });
        let Some(mut state) = first else { return Ok(None) };
        let heritage = self.world.resource::<Heritage>();
        if let Some(second) = second {
            state = heritage.crossed(self.entity(agent), &state, &second)?;
        }
        if let (Some(event), Some(AdapterMutation { deviation, rotation, .. })) =
            (mutates_in, self.spec.mutation.adapter)
        {
            let Clock { tick, .. } = *self.world.resource();
            let key = StreamKey { agent, tick, seat: event, round: NOISE };
            let mut rng = stream(self.world.resource::<RunSeed>().0, Purpose::Evolution, key);
            let noise = AdapterNoise { deviation, rotation };
            state = heritage.mutated(self.entity(agent), &state, noise, &mut rng)?;
        }
        Ok(Some(state))
    }
}

/// Gives agents that begin a new life what they have learned, by the rule of inheritance. Where events happen one after
/// another, a child of a newborn goes on from what that one has been given.
fn begin_to_learn(world: &mut World, spec: &EvolutionSpec, newborns: &[Newborn], at_once: bool) {
    let none = BTreeMap::new();
    let mut now: BTreeMap<u32, LearnedState> = BTreeMap::new();
    let mut legacy = Legacy { world, spec, known: BTreeMap::new() };
    for newborn in newborns {
        match legacy.left_to(newborn, if at_once { &none } else { &now }) {
            Ok(Some(state)) => _ = now.insert(newborn.agent, state),
            Ok(None) => {}
            Err(problem) => {
                let error = NotLearned { agent: newborn.agent, problem };
                return world.resource_mut::<TickFailure>().note(error);
            }
        }
    }
    drop(legacy);
    for (agent, state) in now {
        let entity = go_on_with(world, agent, &state);
        if spec.inherit.learned == Learned::Darwinian {
            world.entity_mut(entity).insert(Inborn(state));
        }
    }
}

/// Lets an agent go on with what was `learned`; returns the agent.
fn go_on_with(world: &mut World, agent: u32, learned: &LearnedState) -> Entity {
    let entity = world.resource::<Roster>().0[agent as usize];
    if let Err(problem) = Heritage::recall(world, entity, learned) {
        world.resource_mut::<TickFailure>().note(NotLearned { agent, problem });
    }
    entity
}
