//! A world that several processes play together.
//!
//! Every rank has every agent and plays every match, which costs little and needs no messages. What is dear is dealt:
//! a language model that learns has its adapter, its moments and its updates on one rank, its home, and the others hear
//! what it plays by. So whatever is decided from tables is the same everywhere, and a result does not depend on the
//! number of ranks.
//!
//! All ranks make the same calls of [`Ranks`] in the same order. Agents are named by number in what is shared, and
//! matched by it: the order in which a rank comes upon its agents is its own.

use super::{AgentId, Roster, TickFailure};
use crate::transport::{Alone, Transport};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;

/// The processes that play this world together; one, unless a run is told otherwise.
#[derive(Resource, Clone, Debug)]
pub struct Ranks {
    transport: Arc<dyn Transport>,
    beside: Beside,
}

/// How many ranks share what this one runs on, itself included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Those on the same machine.
    pub machine: usize,
    /// Those that may use the very same processors of it; fewer, where a launcher gives each some of its own.
    pub processors: usize,
    /// The number of this rank on its machine, from 0.
    pub number: usize,
}

/// The rank on which an agent's model learns, as this rank sees it. Agents that are the same on every rank are at home
/// on each.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// Number of the rank; `None`: every rank.
    rank: Option<u32>,
    /// Whether this is that rank.
    pub is_here: bool,
}

impl Home {
    /// The home of agents that are the same on every rank.
    pub const EVERYWHERE: Self = Self { rank: None, is_here: true };
}

impl Default for Home {
    fn default() -> Self {
        Self::EVERYWHERE
    }
}

/// What went wrong on another rank.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rank {rank}: {problem}")]
pub struct ElsewhereError {
    /// Number of the rank.
    pub rank: usize,
    /// What happened there.
    pub problem: String,
}

/// What went wrong on this rank, or on another.
#[derive(Debug)]
pub enum Trouble<E> {
    /// On this one.
    Here(E),
    /// On another, and not on this one.
    Elsewhere(ElsewhereError),
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<Trouble<E>> for Box<dyn Error + Send + Sync> {
    fn from(trouble: Trouble<E>) -> Self {
        match trouble {
            Trouble::Here(error) => error.into(),
            Trouble::Elsewhere(error) => error.into(),
        }
    }
}

impl Default for Ranks {
    fn default() -> Self {
        Self { transport: Arc::new(Alone), beside: Beside { machine: 1, processors: 1, number: 0 } }
    }
}

impl Ranks {
    /// The ranks that `transport` reaches, of which this one runs on these `processors` of this `machine`. All ranks
    /// call this, before anything else.
    pub fn meet(transport: Arc<dyn Transport>, machine: &str, processors: &str) -> Self {
        let met = Self { transport, ..Self::default() };
        let own = (machine.to_string(), processors.to_string());
        let all = met.share(Ok::<_, ElsewhereError>(vec![own.clone()])).unwrap_or_else(|_| vec![own.clone()]);
        let on_machine = |(machine, _): &&(String, String)| *machine == own.0;
        let beside = Beside {
            machine: all.iter().filter(on_machine).count(),
            processors: all.iter().filter(|other| **other == own).count(),
            number: all.iter().take(met.own()).filter(on_machine).count(),
        };
        Self { beside, ..met }
    }

    /// How many ranks share what this one runs on.
    pub fn beside(&self) -> Beside {
        self.beside
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.transport.size()
    }

    /// The number of this one.
    pub fn own(&self) -> usize {
        self.transport.rank()
    }

    /// Whether this is the rank that writes the run's files.
    pub fn is_first(&self) -> bool {
        self.own() == 0
    }

    fn is_alone(&self) -> bool {
        self.count() == 1
    }

    /// The home of the model of this `number` among those that are dealt.
    pub fn deal(&self, number: usize) -> Home {
        let rank = number % self.count();
        Home { rank: Some(rank as u32), is_here: rank == self.own() }
    }

    /// What all ranks have, in the order of the ranks.
    ///
    /// # Errors
    /// If something went wrong on any rank; every rank hears of it.
    pub fn share<T: Serialize + DeserializeOwned, E: Display>(
        &self,
        own: Result<Vec<T>, E>,
    ) -> Result<Vec<T>, Trouble<E>> {
        if self.is_alone() {
            return own.map_err(Trouble::Here);
        }
        let said = match &own {
            Ok(own) => Ok(own),
            Err(error) => Err(error.to_string()),
        };
        let all = self.transport.all_gather(encoded(&said));
        let mut shared = Vec::new();
        let mut elsewhere = None;
        for (rank, bytes) in all.iter().enumerate() {
            match decoded::<Result<Vec<T>, String>>(bytes) {
                Ok(items) => shared.extend(items),
                Err(problem) => _ = elsewhere.get_or_insert(ElsewhereError { rank, problem }),
            }
        }
        match (own, elsewhere) {
            (Err(error), _) => Err(Trouble::Here(error)),
            (Ok(_), Some(error)) => Err(Trouble::Elsewhere(error)),
            (Ok(_), None) => Ok(shared),
        }
    }

    /// The `own` value, if nothing went wrong on any rank.
    ///
    /// # Errors
    /// If something went wrong on any rank; every rank hears of it.
    pub fn agree<T, E: Display>(&self, own: Result<T, E>) -> Result<T, Trouble<E>> {
        if self.is_alone() {
            return own.map_err(Trouble::Here);
        }
        let (value, problem) = match own {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        };
        let heard = self.share(problem.map_or_else(|| Ok(Vec::<()>::new()), Err));
        heard.map(|_| value.expect("a rank without a value has a problem, and none has one"))
    }

    /// Whether it is so on any rank.
    pub fn any(&self, own: bool) -> bool {
        if self.is_alone() { own } else { self.transport.all_gather(encoded(&own)).iter().any(|said| decoded(said)) }
    }

    /// What the first rank says, in place of the `own` value.
    pub fn first<T: Serialize + DeserializeOwned>(&self, own: T) -> T {
        if self.is_alone() {
            return own;
        }
        let said = if self.is_first() { encoded(&own) } else { Vec::new() };
        self.transport.all_gather(said).into_iter().next().map_or(own, |said| decoded(&said))
    }

    /// Takes what the home `from` has of something to the home `to`: `own` is asked for it there, and there alone.
    /// `None` on every rank that is not at the goal.
    pub fn bring<T: Serialize + DeserializeOwned>(&self, from: Home, to: Home, own: impl FnOnce() -> T) -> Option<T> {
        match (from.rank, to.rank) {
            (None, None) => Some(own()),
            (None, Some(to)) => (to as usize == self.own()).then(own),
            (Some(from), Some(to)) if from == to => (from as usize == self.own()).then(own),
            (Some(from), Some(to)) => {
                let (from, to, rank) = (from as usize, to as usize, self.own());
                let sent = if rank == from { encoded(&own()) } else { Vec::new() };
                let received = self.transport.carry(from, to, sent);
                (rank == to).then(|| decoded(&received))
            }
            (Some(_), None) if self.is_alone() => Some(own()),
            (Some(from), None) => {
                let sent = if from as usize == self.own() { encoded(&own()) } else { Vec::new() };
                self.transport.all_gather(sent).get(from as usize).map(|said| decoded(said))
            }
        }
    }

    /// Takes what an agent's home has of it to the first rank.
    pub fn bring_first<T: Serialize + DeserializeOwned>(&self, from: Home, own: impl FnOnce() -> T) -> Option<T> {
        self.bring(from, self.deal(0), own)
    }
}

/// How systems hear from the other ranks what came of their agents.
#[derive(SystemParam)]
pub struct Sharing<'w> {
    ranks: Res<'w, Ranks>,
    /// What ends the tick, on every rank.
    pub failure: ResMut<'w, TickFailure>,
}

impl Sharing<'_> {
    /// What the homes of all agents say of them, of whom they have something to say; `None` if something went wrong on
    /// any rank, which ends the tick on all. All ranks call this.
    pub fn share<T: Serialize + DeserializeOwned, E: Display + Into<Box<dyn Error + Send + Sync>>>(
        &mut self,
        own: Result<Vec<(AgentId, T)>, E>,
    ) -> Option<BTreeMap<AgentId, T>> {
        Some(self.failure.check(self.ranks.share(own))?.into_iter().collect())
    }

    /// The same of what cannot go wrong.
    pub fn tell<T: Serialize + DeserializeOwned>(&mut self, own: Vec<(AgentId, T)>) -> Option<BTreeMap<AgentId, T>> {
        self.share(Ok::<_, ElsewhereError>(own))
    }
}

/// The home of the agent of this number.
pub fn home_of(world: &World, agent: AgentId) -> Home {
    let entity = world.get_resource::<Roster>().and_then(|roster| roster.0.get(agent.index()).copied());
    entity.and_then(|entity| world.get::<Home>(entity).copied()).unwrap_or_default()
}

/// Lets every rank hear of what failed on any of them, so that all skip the same stages.
pub(super) fn hear_of_failures(ranks: Res<Ranks>, mut failure: ResMut<TickFailure>) {
    let own = failure.take().map_or(Ok(()), Err);
    failure.check(ranks.agree(own));
}

fn encoded<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("what ranks share is made of numbers, lists and texts")
}

fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).expect("ranks are checked to be of one build before they share anything")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Threads;
    use std::thread;

    /// What `work` gives on each of three ranks.
    fn on_three<T: Send>(work: impl Fn(Ranks) -> T + Sync) -> Vec<T> {
        thread::scope(|scope| {
            let start = |rank: Threads| {
                let work = &work;
                scope.spawn(move || work(Ranks::meet(Arc::new(rank), "here", "0-3")))
            };
            let ranks: Vec<_> = Threads::group(3).into_iter().map(start).collect();
            ranks.into_iter().map(|rank| rank.join().unwrap()).collect()
        })
    }

    #[test]
    fn every_rank_hears_the_same_and_its_own_error_as_it_was() {
        let shared = on_three(|ranks| ranks.share(Ok::<_, String>(vec![(ranks.own(), 0.1_f64)])).unwrap());
        assert!(shared.iter().all(|heard| *heard == [(0, 0.1), (1, 0.1), (2, 0.1)]));
        let heard = on_three(|ranks| {
            let own = if ranks.own() == 1 { Err("no memory") } else { Ok(ranks.own()) };
            match ranks.agree(own) {
                Ok(value) => format!("ok {value}"),
                Err(Trouble::Here(error)) => format!("here: {error}"),
                Err(Trouble::Elsewhere(error)) => error.to_string(),
            }
        });
        assert_eq!(heard, ["rank 1: no memory", "here: no memory", "rank 1: no memory"]);
        assert_eq!(on_three(|ranks| ranks.any(ranks.own() == 2)), [true; 3]);
        assert_eq!(on_three(|ranks| ranks.first(ranks.own() + 5)), [5; 3]);
    }

    #[test]
    fn what_one_home_has_is_brought_to_another() {
        let brought = on_three(|ranks| {
            let (there, here) = (ranks.deal(4), ranks.deal(2));
            let own = ranks.own() as u8;
            let (carried, everywhere) =
                (ranks.bring(there, here, || own), ranks.bring(there, Home::EVERYWHERE, || own));
            (carried, everywhere, ranks.bring(Home::EVERYWHERE, here, || own), ranks.bring(here, here, || own))
        });
        let expected = [(None, Some(1), None, None), (None, Some(1), None, None), (Some(1), Some(1), Some(2), Some(2))];
        assert_eq!(brought, expected);
    }

    #[test]
    fn a_failure_on_one_rank_fails_the_tick_on_all() {
        let failed = on_three(|ranks| {
            let mut world = World::new();
            world.insert_resource(TickFailure::default());
            if ranks.own() == 2 {
                world.resource_mut::<TickFailure>().note("the disk is full");
            }
            world.insert_resource(ranks);
            world.run_system_cached(hear_of_failures).unwrap();
            world.resource_mut::<TickFailure>().take().unwrap().to_string()
        });
        assert_eq!(failed, ["rank 2: the disk is full", "rank 2: the disk is full", "the disk is full"]);
    }
}
