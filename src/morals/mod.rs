//! Moral terms: rules that turn what happened in a round into intrinsic reward.
//!
//! One file per term. A term sees the round as its own player does ([`RoundView`]) and returns one number; weights and
//! phases ([`Phase`](crate::world::Phase)) are applied outside. No term knows of policies or learning.

pub mod altruist;
pub mod anti_altruist;
pub mod anti_utilitarian;
pub mod deontological;
pub mod explain;
pub mod malicious_deontological;
pub mod payoff;
pub mod plugin;
#[cfg(test)]
mod tests;
pub mod utilitarian;
pub mod virtue_aggression;
pub mod virtue_equality;
pub mod virtue_inequality;
pub mod virtue_kindness;
pub mod virtue_mixed;

pub use altruist::Altruist;
pub use anti_altruist::AntiAltruist;
pub use anti_utilitarian::AntiUtilitarian;
pub use deontological::Deontological;
pub use malicious_deontological::MaliciousDeontological;
pub use payoff::Payoff;
pub use utilitarian::Utilitarian;
pub use virtue_aggression::VirtueAggression;
pub use virtue_equality::VirtueEquality;
pub use virtue_inequality::VirtueInequality;
pub use virtue_kindness::VirtueKindness;
pub use virtue_mixed::VirtueMixed;

pub use crate::games::inequality;
use crate::games::{Action, Game, Observation};
use bevy_ecs::prelude::Component;

/// One finished round as one player's terms see it.
#[derive(Clone, Copy, Debug)]
pub struct RoundView<'a> {
    /// The rules.
    pub game: &'a dyn Game,
    /// The player's seat.
    pub seat: usize,
    /// What everybody did: one action per seat; [`crate::games::ILLEGAL`] for a completion that named none.
    /// The player's own entry is legal (an illegal completion earns the illegal reward instead of any term).
    pub joint: &'a [Action],
    /// What each seat got; all zero in a round that somebody's illegal completion voided.
    pub payoffs: &'a [f64],
    /// What the player saw before it acted.
    pub seen: Observation,
}

impl RoundView<'_> {
    /// The player's own action.
    pub fn own(&self) -> Action {
        self.joint[self.seat]
    }

    /// The player's own payoff.
    pub fn own_payoff(&self) -> f64 {
        self.payoffs[self.seat]
    }

    /// Whether the player cooperated.
    pub fn cooperated(&self) -> bool {
        self.game.cooperative(self.own())
    }

    /// Whether every co-player cooperated in the round the player saw before acting; false before the first round.
    pub fn others_cooperated_before(&self) -> bool {
        self.seen.others_cooperated_in(self.game)
    }
}

/// A rule of intrinsic (or extrinsic) reward. Implementors are components: an agent that carries one is paid by it.
pub trait MoralTerm: Component + Clone + std::fmt::Debug {
    /// The name a scenario, a CSV column (`reward_<name>`) and `sim explain` use, in snake case.
    const NAME: &'static str;

    /// The reward of this term for the player of `round`, before its weight.
    fn reward(&self, round: &RoundView) -> f64;
}

/// Sum of the payoffs of all seats but the player's.
fn co_players_payoff(round: &RoundView) -> f64 {
    let others = round.payoffs.iter().enumerate().filter(|&(seat, _)| seat != round.seat);
    others.map(|(_, payoff)| payoff).sum()
}
