//! Moral terms: rules that turn what happened in a round into intrinsic reward.
//!
//! One file per term. A term sees the round as its own player does ([`RoundView`]) and returns one number; weights and
//! phases ([`Phase`](crate::world::Phase)) are applied outside. No term knows about policies or learning.
//!
//! The list at the end of this file is the only place that names them all. Each term comes with its numbers, their
//! bounds and its explanation ([`ListedTerm`]).

mod list;
mod sources;
mod term;
#[cfg(test)]
mod tests;

pub mod altruist;
pub mod anti_altruist;
pub mod anti_utilitarian;
pub mod deontological;
pub mod explain;
pub mod malicious_deontological;
pub mod payoff;
pub mod plugin;
pub mod utilitarian;
pub mod virtue_aggression;
pub mod virtue_equality;
pub mod virtue_inequality;
pub mod virtue_kindness;
pub mod virtue_mixed;

pub use list::AnyTerm;
pub use term::{Explanation, ListedTerm, MoralTerm, Parameter, RoundView};

pub use crate::games::inequality;

use crate::params::Params;
use bevy_app::{App, Plugin};
use plugin::MoralTermPlugin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use term::co_players_payoff;

list::terms! {
    payoff::Payoff,
    utilitarian::Utilitarian,
    anti_utilitarian::AntiUtilitarian,
    altruist::Altruist,
    anti_altruist::AntiAltruist,
    deontological::Deontological(Deontological),
    malicious_deontological::MaliciousDeontological(MaliciousDeontological),
    virtue_equality::VirtueEquality,
    virtue_inequality::VirtueInequality,
    virtue_kindness::VirtueKindness(VirtueKindness),
    virtue_aggression::VirtueAggression(VirtueAggression),
    virtue_mixed::VirtueMixed(VirtueMixed),
}
