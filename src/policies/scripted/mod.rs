//! Scripted strategies: one small rule each, with its source.
//!
//! A strategy knows two moves, [`Moves::cooperate`] and [`Moves::defect`], also in games with more actions; it judges the
//! others by whether their actions count as cooperation. With more than two seats "the opponent cooperated" means that
//! every co-player did, as everywhere in this crate.
//!
//! A strategy answers what it sees ([`MatchView::seen`]), a made-up opening included: tit for tat repays a made-up
//! defection. Its start applies only where nothing is seen.
//!
//! What it sees is the last legal action of either side. After a round that the opponent's illegal completion voided that is
//! its own action in that round beside an older one of the opponent's: tit for tat repeats its answer, while an alternator
//! goes on alternating. Those that look further back ([`MatchView::others_cooperated`]) pass over void rounds.

pub mod alternator;
pub mod constant;
pub mod explain;
pub mod grim;
pub mod memory_one;
mod plugin;
#[cfg(test)]
mod tests;
pub mod tit_for_tat;
pub mod view;
pub mod win_stay_lose_shift;

pub use plugin::{ScriptedPlugin, behaviour_of};
pub use view::{MatchView, Moves, Recall};

use crate::games::Action;
use crate::rng::Stream;
use bevy_ecs::prelude::Component;
use rand::RngExt;
use std::fmt::Debug;

/// A rule that decides from the match so far and nothing else.
pub trait Strategy: Debug + Send + Sync {
    /// The name in outputs and in `sim explain strategies`, in snake case.
    fn name(&self) -> &str;

    /// The action for the coming round.
    fn decide(&self, view: &MatchView, rng: &mut Stream) -> Action;

    /// Probability of cooperation after `recall`; none where it depends on more than the last round.
    fn cooperation(&self, recall: Recall) -> Option<f64>;

    /// Whether [`Strategy::decide`] ever draws from its stream; callers need not make one for those that do not.
    fn draws(&self) -> bool;
}

/// A strategy whose probability of cooperation depends on the last round alone; every implementor is a [`Strategy`].
pub trait MemoryOneRule: Debug + Send + Sync {
    /// See [`Strategy::name`].
    const NAME: &'static str;

    /// Probability of cooperation after `recall`.
    fn probability(&self, recall: Recall) -> f64;
}

impl<T: MemoryOneRule> Strategy for T {
    fn name(&self) -> &str {
        T::NAME
    }

    fn decide(&self, view: &MatchView, rng: &mut Stream) -> Action {
        view.moves.action(happens(self.probability(view.recall()), rng))
    }

    fn cooperation(&self, recall: Recall) -> Option<f64> {
        Some(self.probability(recall))
    }

    fn draws(&self) -> bool {
        Recall::ALL.iter().any(|&recall| {
            let p = self.probability(recall);
            p > 0.0 && p < 1.0
        })
    }
}

/// An agent that carries this plays by script.
#[derive(Component, Debug)]
pub struct Scripted(pub Box<dyn Strategy>);

/// Whether an event of probability `p` happens. Certain and impossible events take no draw.
#[inline]
fn happens(p: f64, rng: &mut Stream) -> bool {
    p >= 1.0 || (p > 0.0 && rng.random::<f64>() < p)
}
