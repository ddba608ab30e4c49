//! Selection between agents: what an update rule is, and what agents inherit from each other.

use super::{AgentId, Roster};
use crate::fault::Fault;
use crate::rng::Stream;
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fmt::Debug;

/// An agent that takes over the traits of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// The agent that is replaced.
    pub child: AgentId,
    /// The agent whose traits it takes over.
    pub parent: AgentId,
}

/// A rule for who inherits from whom at the end of a generation.
pub trait UpdateRule: Debug + Send + Sync {
    /// The births of a generation, which are carried out one after another. `fitness` is that of every agent, by
    /// number: its mean payoff per decision, 0 for an agent that made none. `rng` is the stream of the generation;
    /// nothing else is random.
    fn births(&self, fitness: &[f64], rng: &mut Stream) -> Vec<Birth>;

    /// A few words for the dry run.
    fn summary(&self) -> String;

    /// Everything that is wrong with it for this number of agents.
    fn faults(&self, agents: u64) -> Vec<Fault> {
        let _ = agents;
        Vec::new()
    }
}

/// The agent whose traits an agent carries: itself until it inherits.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founder(pub AgentId);

/// Copies a trait from the second agent of each pair to the first, all as they are before.
type Copy = Box<dyn Fn(&mut World, &[(Entity, Entity)]) + Send + Sync>;

/// The traits that agents inherit.
#[derive(Resource, Default)]
pub struct Heritage(Vec<Copy>);

impl Debug for Heritage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Heritage({} traits)", self.0.len())
    }
}

impl Heritage {
    /// Makes a component heritable: a child has its parent's, and has none if its parent has none. It must not change
    /// while an agent lives, since a resumed run gives it back as its founder was made with it.
    pub fn component<C: Component + Clone>(&mut self) {
        self.0.push(Box::new(|world, pairs| {
            let traits: Vec<Option<C>> = pairs.iter().map(|(_, parent)| world.get::<C>(*parent).cloned()).collect();
            for (&(child, _), inherited) in pairs.iter().zip(traits) {
                let mut child = world.entity_mut(child);
                match inherited {
                    Some(inherited) => _ = child.insert(inherited),
                    None => _ = child.remove::<C>(),
                }
            }
        }));
    }

    /// Lets every child of `births` take over its parent's traits, all as they are before.
    pub fn pass_on(world: &mut World, births: &[Birth]) {
        let roster = &world.resource::<Roster>().0;
        let entity = |agent: AgentId| roster[agent.index()];
        let pairs: Vec<_> = births.iter().map(|birth| (entity(birth.child), entity(birth.parent))).collect();
        world.resource_scope(|world, heritage: Mut<Self>| heritage.0.iter().for_each(|copy| copy(world, &pairs)));
    }
}
