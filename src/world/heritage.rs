//! Selection between agents: what an update rule is, and what agents inherit from each other.

use super::snapshot::Opaque;
use super::{AgentId, Graph};
use crate::fault::Fault;
use crate::rng::Stream;
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Debug;

/// One event of a generation: an agent that is looked at, and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An agent is replaced by a child of another, or of its own.
    Birth {
        /// The agent that is replaced.
        child: AgentId,
        /// The agent whose traits it takes over.
        parent: AgentId,
    },
    /// An agent stays as it is. Like a child, it may mutate.
    Stay(AgentId),
}

impl Event {
    /// The agent that may be another afterwards.
    pub fn agent(self) -> AgentId {
        match self {
            Self::Birth { child, .. } => child,
            Self::Stay(agent) => agent,
        }
    }
}

/// The agents at the end of a generation, as an update rule sees them.
#[derive(Clone, Copy, Debug)]
pub struct Society<'a> {
    /// The fitness of every agent, by number; 0 for an agent that made no decision.
    pub fitness: &'a [f64],
    /// Who may take over traits from whom.
    pub replacement: &'a Graph,
}

/// What an update rule can know of a scenario before it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Prospect {
    /// Number of agents.
    pub agents: u64,
    /// The least fitness that is possible; `None` if that is not known.
    pub fitness_min: Option<f64>,
    /// Whether every agent may inherit from every other.
    pub is_complete: bool,
}

/// A rule for who inherits from whom at the end of a generation.
pub trait UpdateRule: Debug + Send + Sync {
    /// The events of a generation. `rng` is the stream of the generation; nothing else is random.
    ///
    /// # Errors
    /// With a sentence, if the rule has no meaning for this fitness; the run ends with it.
    fn events(&self, society: &Society, rng: &mut Stream) -> Result<Vec<Event>, String>;

    /// Whether children take over traits as they are before any of the events. Otherwise events happen one after
    /// another, and a child may pass on what it has just taken over.
    fn at_once(&self) -> bool {
        false
    }

    /// The most events of a generation of this many agents.
    fn events_at_most(&self, agents: u64) -> u64 {
        agents
    }

    /// A few words for the dry run.
    fn summary(&self) -> String;

    /// Everything that is wrong with it in such a scenario.
    fn faults(&self, prospect: &Prospect) -> Vec<Fault> {
        let _ = prospect;
        Vec::new()
    }
}

/// Copies a trait from the first entity to the second.
type Copy = Box<dyn Fn(&mut World, Entity, Entity) + Send + Sync>;
/// The numbers of a trait, if an agent has it.
type Read = Box<dyn Fn(EntityRef) -> Option<Vec<f64>> + Send + Sync>;
/// Gives an agent a trait with these numbers.
type Write = Box<dyn Fn(&mut EntityWorldMut, &[f64]) + Send + Sync>;

/// What an agent of some policy has learned, if it is of that policy.
type Keep = Box<dyn Fn(EntityRef) -> Option<Opaque> + Send + Sync>;
/// Gives an agent of that policy what another has learned, or says why not.
type Recall = Box<dyn Fn(&mut EntityWorldMut, &Opaque) -> Result<(), String> + Send + Sync>;

/// All that an agent has learned, with the state of its learner: moments of optimizers, exploration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedState {
    /// Number of the policy among those that [`Heritage::learned`] knows.
    policy: u32,
    state: Opaque,
}

/// What an agent that learns had learned at its birth, in runs whose agents inherit from each other.
#[derive(Component, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inborn(pub LearnedState);

/// A trait that is made of numbers, which mutation can change.
struct Numbers {
    read: Read,
    write: Write,
}

/// The traits that agents can inherit: by what strategy they play, and traits that are made of numbers.
#[derive(Resource, Default)]
pub struct Heritage {
    strategy: Vec<Copy>,
    numbers: BTreeMap<&'static str, Numbers>,
    learned: Vec<(Keep, Recall)>,
}

impl Debug for Heritage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Heritage({} components, numbers {:?})", self.strategy.len(), self.numbers.keys())
    }
}

impl Heritage {
    /// The name of the trait that [`Heritage::component`] is about, where its numbers are those of a memory-one
    /// strategy: the probabilities of cooperation at the start and after CC, CD, DC and DD.
    pub const STRATEGY: &'static str = "strategy";

    /// Makes a component part of the strategy that agents inherit: a child has its parent's, and has none if its parent
    /// has none. It must not change while an agent lives, since a resumed run gives it back as its type was made with
    /// it.
    pub fn component<C: Component + Clone>(&mut self) {
        self.strategy.push(Box::new(|world, from, to| {
            let inherited = world.get::<C>(from).cloned();
            let mut to = world.entity_mut(to);
            match inherited {
                Some(inherited) => _ = to.insert(inherited),
                None => _ = to.remove::<C>(),
            }
        }));
    }

    /// Makes a trait that is made of numbers known as `name`: `read` gives those of an agent, `None` if it has no such
    /// trait, and `write` gives an agent others, always as many.
    pub fn numbers(
        &mut self,
        name: &'static str,
        read: impl Fn(EntityRef) -> Option<Vec<f64>> + Send + Sync + 'static,
        write: impl Fn(&mut EntityWorldMut, &[f64]) + Send + Sync + 'static,
    ) {
        self.numbers.insert(name, Numbers { read: Box::new(read), write: Box::new(write) });
    }

    /// Makes known what agents of a policy learn: `keep` takes all of it, `None` from agents of other policies, and
    /// `recall` gives it to another agent of the policy, or says why it cannot.
    pub fn learned(
        &mut self,
        keep: impl Fn(EntityRef) -> Option<Opaque> + Send + Sync + 'static,
        recall: impl Fn(&mut EntityWorldMut, &Opaque) -> Result<(), String> + Send + Sync + 'static,
    ) {
        self.learned.push((Box::new(keep), Box::new(recall)));
    }

    /// All that an agent has learned; `None` if it learns nothing that can be inherited.
    pub fn keep(&self, entity: EntityRef) -> Option<LearnedState> {
        let kept = |(policy, (keep, _)): (u32, &(Keep, Recall))| Some(LearnedState { policy, state: keep(entity)? });
        (0u32..).zip(&self.learned).find_map(kept)
    }

    /// Gives an agent what another has learned.
    ///
    /// # Errors
    /// With a sentence, if it learns in another way.
    pub fn recall(world: &mut World, entity: Entity, learned: &LearnedState) -> Result<(), String> {
        world.resource_scope(|world, heritage: Mut<Self>| {
            let known = heritage.learned.get(learned.policy as usize);
            let (_, recall) = known.ok_or("nothing is known of its policy")?;
            recall(&mut world.entity_mut(entity), &learned.state)
        })
    }

    /// The numbers of the trait `name` of an entity; `None` if it has no such trait, or nothing is known by that name.
    pub fn read(&self, name: &str, entity: EntityRef) -> Option<Vec<f64>> {
        (self.numbers.get(name)?.read)(entity)
    }

    /// Gives `to` the strategy of `from`.
    pub fn pass_on(world: &mut World, from: Entity, to: Entity) {
        world.resource_scope(|world, heritage: Mut<Self>| {
            heritage.strategy.iter().for_each(|copy| copy(world, from, to));
        });
    }

    /// Gives `entity` the trait `name` with these numbers. Nothing happens if nothing is known by that name.
    pub fn write(world: &mut World, name: &str, entity: Entity, numbers: &[f64]) {
        world.resource_scope(|world, heritage: Mut<Self>| {
            if let Some(known) = heritage.numbers.get(name) {
                (known.write)(&mut world.entity_mut(entity), numbers);
            }
        });
    }
}
