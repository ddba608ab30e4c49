//! Who meets whom in a tick: one file per matchmaker, pure functions from agents to matches.
//!
//! The list at the end of this file is the only place that names them all. Each matchmaker comes with its fields, its
//! checks and its explanation ([`ListedMatchmaker`]).

pub mod explain;
mod groups;
mod list;
mod pairs;
mod partners;
mod plugin;
#[cfg(test)]
mod testing;

pub mod assortative;
pub mod fixed_pairs;
pub mod neighbours;
pub mod paired;
pub mod partner_selection;
pub mod random_pairs;
pub mod round_robin;
pub mod self_play;

pub use crate::explained::Explanation;
pub use list::{Listed, ListedMatchmaker};
pub use plugin::MatchmakingPlugin;

use crate::params::Params;
use crate::world::{Factories, Matchmaker, offered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

list::matchmakers! {
    round_robin::RoundRobin,
    random_pairs::RandomPairs(RandomPairs),
    fixed_pairs::FixedPairs(FixedPairs),
    paired::Paired(Paired),
    partner_selection::PartnerSelection(PartnerSelection),
    self_play::SelfPlay,
    neighbours::Neighbours,
    assortative::Assortative(Assortative),
}

impl MatchmakingSpec {
    /// Builds the matchmaker, which may be one that a plugin offers.
    ///
    /// # Errors
    /// If no plugin offers it, or the plugin refuses its parameters.
    pub fn build(&self, factories: &Factories) -> Result<Arc<dyn Matchmaker>, String> {
        match self {
            Self::Custom { name, params } => (offered(&factories.matchmakers, name)?.make)(params),
            spec => Ok(spec.listed().expect("what is not a plugin's is listed").1),
        }
    }

    /// Whether agents pick their partners themselves.
    pub fn is_by_choice(&self) -> bool {
        self.listed().is_some_and(|(_, matchmaker)| matchmaker.is_by_choice())
    }
}
