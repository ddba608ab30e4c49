//! What children have of what their parents have learned.

use super::EvolutionSpec;
use super::generation::{NOISE, Newborn};
use super::mutation::AdapterMutation;
use super::traits::{Learned, Moments};
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::{
    AdapterNoise, AgentId, Clock, Heritage, Inborn, LearnedState, Ranks, Roster, RunSeed, TickFailure, home_of,
};
use bevy_ecs::prelude::*;
use std::collections::BTreeMap;

/// What a learner could not go on with.
#[derive(Debug, thiserror::Error)]
#[error("agent number {agent} cannot take over what another has learned: {problem}")]
struct NotLearned {
    agent: u32,
    problem: String,
}

/// What agents had learned when the generation ended, by the rule of inheritance. Each rank has what is at home there.
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

    /// What `newborn` begins with, where `now` is what those before it have begun with. Takes it from its parent's home
    /// to its own, and is `None` elsewhere.
    fn left_to(
        &mut self,
        newborn: &Newborn,
        now: &BTreeMap<u32, LearnedState>,
    ) -> Result<Option<LearnedState>, String> {
        let Newborn { agent, parent, is_crossed, mutates_in } = *newborn;
        let [home, from] = [agent, parent].map(|agent| home_of(self.world, AgentId(agent)));
        if self.spec.inherit.learned == Learned::Baldwinian {
            return if home.is_here { self.of(agent) } else { Ok(None) };
        }
        let ranks = self.world.resource::<Ranks>();
        let mut of = |one: u32| now.get(&one).map_or_else(|| self.of(one), |state| Ok(Some(state.clone())));
        let Some(first) = ranks.bring(from, home, || of(parent)) else { return Ok(None) };
        let second = if is_crossed { of(agent)? } else { None };
        let Some(mut state) = first? else { return Ok(None) };
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
pub(super) fn begin_to_learn(world: &mut World, spec: &EvolutionSpec, newborns: &[Newborn], at_once: bool) {
    let none = BTreeMap::new();
    let mut now: BTreeMap<u32, LearnedState> = BTreeMap::new();
    let mut legacy = Legacy { world, spec, known: BTreeMap::new() };
    let mut not_learned = None;
    for newborn in newborns {
        match legacy.left_to(newborn, if at_once { &none } else { &now }) {
            Ok(Some(state)) => _ = now.insert(newborn.agent, state),
            Ok(None) => {}
            // The other ranks may wait for what this one has of others.
            Err(problem) => _ = not_learned.get_or_insert(NotLearned { agent: newborn.agent, problem }),
        }
    }
    drop(legacy);
    if let Some(error) = not_learned {
        world.resource_mut::<TickFailure>().note(error);
    }
    go_on_with(world, &now);
    if spec.inherit.learned == Learned::Darwinian {
        for (agent, state) in now {
            let entity = world.resource::<Roster>().0[agent as usize];
            world.entity_mut(entity).insert(Inborn(state));
        }
    }
}

/// Lets agents go on with what was `learned`, by their numbers. All ranks call this, each with what is at home there.
pub(super) fn go_on_with(world: &mut World, learned: &BTreeMap<u32, LearnedState>) {
    let own: Vec<u32> = learned.keys().copied().collect();
    let Ok(all) = world.resource::<Ranks>().share(Ok::<_, NotLearned>(own)) else { return };
    for agent in all {
        let entity = world.resource::<Roster>().0[agent as usize];
        match learned.get(&agent) {
            None => Heritage::forget(world, entity),
            Some(state) => {
                if let Err(problem) = Heritage::recall(world, entity, state) {
                    world.resource_mut::<TickFailure>().note(NotLearned { agent, problem });
                }
            }
        }
    }
}
