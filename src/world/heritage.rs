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

/// Noise on adapters: what mutation does to them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdapterNoise {
    /// Standard deviation of the logarithm of the factor that each singular value is multiplied by.
    pub deviation: f64,
    /// Standard deviation of the angles, in radians, by which singular vectors turn.
    pub rotation: f64,
}

/// How what agents of a policy have learned is handed on from one to another.
///
/// # Errors
/// All of its functions say in a sentence why they cannot.
pub trait HandsOn: Send + Sync + 'static {
    /// All that an agent has learned; `None` from agents of other policies.
    fn keep(&self, agent: EntityRef) -> Option<Opaque>;

    /// Gives an agent of the policy what another has learned.
    fn recall(&self, agent: &mut EntityWorldMut, kept: &Opaque) -> Result<(), String>;

    /// Makes an agent of the policy forget how it has played, where another rank gives it what another has learned.
    fn forget(&self, agent: &mut EntityWorldMut) {
        let _ = agent;
    }

    /// What an agent that has not played yet begins with in a run with this `seed`; may be shorter than what
    /// [`HandsOn::keep`] takes where it can be drawn again.
    fn inborn(&self, agent: EntityRef, seed: u64) -> Option<Opaque> {
        let _ = seed;
        self.keep(agent)
    }

    /// The same without the moments of optimizers, if there are any.
    fn without_moments(&self, kept: &Opaque) -> Result<Opaque, String> {
        Ok(kept.clone())
    }

    /// The same with noise on its adapter, which is shaped as that of `like`.
    fn mutated(&self, like: EntityRef, kept: &Opaque, noise: AdapterNoise, rng: &mut Stream) -> Result<Opaque, String> {
        let _ = (like, kept, noise, rng);
        Err("it has no adapter that could mutate".into())
    }

    /// What a child of two parents has learned: what the first has, with the mean of both adapters, which are shaped as
    /// that of `like`.
    fn crossed(&self, like: EntityRef, first: &Opaque, second: &Opaque) -> Result<Opaque, String> {
        let _ = (like, first, second);
        Err("it has no adapter that could be mixed with another".into())
    }
}

/// All that an agent has learned, with the state of its learner: moments of optimizers, exploration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedState {
    /// Number of the policy, in the order of [`Heritage::learned`].
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
    learned: Vec<Box<dyn HandsOn>>,
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

    /// Makes known how agents of a policy hand on what they have learned.
    pub fn learned(&mut self, policy: impl HandsOn) {
        self.learned.push(Box::new(policy));
    }

    /// All that an agent has learned; `None` if it learns nothing that can be inherited.
    pub fn keep(&self, entity: EntityRef) -> Option<LearnedState> {
        self.first(|policy| policy.keep(entity))
    }

    /// What an agent that has not played yet begins with; `None` if it learns nothing that can be inherited.
    pub fn inborn(&self, entity: EntityRef, seed: u64) -> Option<LearnedState> {
        self.first(|policy| policy.inborn(entity, seed))
    }

    fn first(&self, kept: impl Fn(&dyn HandsOn) -> Option<Opaque>) -> Option<LearnedState> {
        (0u32..).zip(&self.learned).find_map(|(policy, own)| Some(LearnedState { policy, state: kept(own.as_ref())? }))
    }

    /// The same without the moments of optimizers.
    ///
    /// # Errors
    /// With a sentence, if it cannot be read.
    pub fn without_moments(&self, learned: &LearnedState) -> Result<LearnedState, String> {
        let state = self.of(learned)?.without_moments(&learned.state)?;
        Ok(LearnedState { state, ..*learned })
    }

    /// The same with noise on its adapter, for the agent `like`.
    ///
    /// # Errors
    /// With a sentence, if there is no such adapter.
    pub fn mutated(
        &self,
        like: EntityRef,
        learned: &LearnedState,
        noise: AdapterNoise,
        rng: &mut Stream,
    ) -> Result<LearnedState, String> {
        let state = self.of(learned)?.mutated(like, &learned.state, noise, rng)?;
        Ok(LearnedState { state, ..*learned })
    }

    /// What a child of two parents has learned, for the agent `like`.
    ///
    /// # Errors
    /// With a sentence, if they have no adapters that can be mixed.
    pub fn crossed(
        &self,
        like: EntityRef,
        first: &LearnedState,
        second: &LearnedState,
    ) -> Result<LearnedState, String> {
        if first.policy != second.policy {
            return Err("its parents learn in different ways".into());
        }
        let state = self.of(first)?.crossed(like, &first.state, &second.state)?;
        Ok(LearnedState { state, ..*first })
    }

    fn of(&self, learned: &LearnedState) -> Result<&dyn HandsOn, String> {
        let policy = self.learned.get(learned.policy as usize).ok_or("nothing is known of its policy")?;
        Ok(&**policy)
    }

    /// Gives an agent what another has learned.
    ///
    /// # Errors
    /// With a sentence, if it learns in another way.
    pub fn recall(world: &mut World, entity: Entity, learned: &LearnedState) -> Result<(), String> {
        world.resource_scope(|world, heritage: Mut<Self>| {
            heritage.of(learned)?.recall(&mut world.entity_mut(entity), &learned.state)
        })
    }

    /// Makes an agent forget how it has played, where another rank gives it what another has learned.
    pub fn forget(world: &mut World, entity: Entity) {
        world.resource_scope(|world, heritage: Mut<Self>| {
            heritage.learned.iter().for_each(|policy| policy.forget(&mut world.entity_mut(entity)));
        });
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
