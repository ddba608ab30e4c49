//! What a strategy is: how it decides, and what a scenario has to know of it.

use super::automaton::{Automaton, explore};
use super::facts::MatchFacts;
use super::memory::Memory;
use super::view::{MatchView, Recall};
use crate::fault::Fault;
use crate::games::Action;
use crate::numbers::Number;
use crate::rng::Stream;
use crate::world::PlaysByMatch;
use bevy_ecs::prelude::Component;
use rand::RngExt;
use std::fmt::Debug;
use std::sync::Arc;

/// A rule that decides from the match so far and nothing else.
pub trait Strategy: Debug + Send + Sync {
    /// The name in outputs and in `sim explain strategies`, in snake case.
    fn name(&self) -> &str;

    /// The action for the coming round.
    fn decide(&self, view: &MatchView, rng: &mut Stream) -> Action;

    /// Probability of cooperation after `recall`; `None` if it depends on more than the last round.
    fn cooperation(&self, recall: Recall) -> Option<f64>;

    /// [`Strategy::cooperation`] towards co-players who are all `good`, or not; the same, unless the strategy reads
    /// reputations.
    fn cooperation_towards(&self, recall: Recall, good: bool) -> Option<f64> {
        let _ = good;
        self.cooperation(recall)
    }

    /// Whether [`Strategy::decide`] ever draws from its stream; callers need not make one for those that do not.
    fn draws(&self) -> bool;

    /// What it keeps of one match, from before its first round on; `None` if it reads what it needs from the view.
    /// A player that keeps it decides as [`Strategy::decide`] does, in the same time in a long match as in a short one.
    fn memory(&self) -> Option<Box<dyn Memory>> {
        None
    }

    /// The strategy as an automaton, if it has at most `states_max` states; `None` if it has more, or is not known to
    /// have any.
    fn automaton(&self, states_max: usize) -> Option<Automaton> {
        let chances: Option<Vec<f64>> = Recall::ALL.iter().map(|&recall| self.cooperation(recall)).collect();
        let chances = chances?;
        let number = |own: bool, others: bool| 1 + usize::from(!own) * 2 + usize::from(!others);
        explore(0, |&state| chances[state].clamp(0.0, 1.0), |_, own, others| number(own, others), states_max)
    }
}

/// A strategy whose probability of cooperation depends on the last round alone; every implementor that can be cloned is
/// a [`Strategy`].
pub trait MemoryOneRule: Debug + Send + Sync {
    /// See [`Strategy::name`].
    const NAME: &'static str;

    /// Probability of cooperation after `recall`.
    fn probability(&self, recall: Recall) -> f64;
}

/// An agent that carries this plays by script.
#[derive(Component, Clone, Debug)]
#[require(PlaysByMatch)]
pub struct Scripted(pub Arc<dyn Strategy>);

/// What makes a strategy for a game and a member of a population. A strategy that needs to know nothing of either is
/// itself what it makes.
pub trait ForGame {
    /// The strategy in matches of which `facts` is known; `member` is the member's own stream, for strategies that are
    /// drawn at random.
    ///
    /// # Errors
    /// If there is no such strategy in this game.
    fn for_game(&self, facts: &MatchFacts, member: &mut Stream) -> Result<Arc<dyn Strategy>, Fault>;
}

impl<T: Strategy + Clone + 'static> ForGame for T {
    fn for_game(&self, _: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        Ok(Arc::new(self.clone()))
    }
}

/// A strategy of the list in `policies/scripted/mod.rs`, which scenarios name. The fields in the parentheses of the
/// scenario file are those of the type itself.
pub trait ListedStrategy: ForGame + Clone + 'static {
    /// What `sim explain` and `sim schema` say of it.
    const EXPLANATION: Explanation;

    /// Whether it plays games of any number of players, since it answers no one.
    const ANSWERS_NOBODY: bool = false;

    /// Whether it is drawn for every member of a population, so that no two members need be alike.
    const IS_DRAWN: bool = false;

    /// Whether it reads reputations, and so needs a scenario with `reputation`.
    const READS_REPUTATION: bool = false;

    /// Its numbers, and what each may be.
    fn numbers(&self) -> Vec<Number> {
        Vec::new()
    }
}

/// What a strategy does and who described it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// The name in outputs ([`Strategy::name`]).
    pub name: &'static str,
    /// What it does.
    pub rule: &'static str,
    /// Parameters that a scenario may set, with their defaults; empty if there are none.
    pub parameters: &'static str,
    /// Who described it, and where.
    pub source: &'static str,
}

/// Whether an event of probability `p` happens. Certain and impossible events take no draw.
#[inline]
pub(super) fn happens(p: f64, rng: &mut Stream) -> bool {
    p >= 1.0 || (p > 0.0 && rng.random::<f64>() < p)
}
