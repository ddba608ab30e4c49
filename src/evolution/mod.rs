//! Selection between agents: who inherits from whom, one file per rule.
//!
//! The list at the end of this file is the only place that names them all. A rule is a pure function from the fitness
//! of all agents to births ([`UpdateRule`]); the plugins of the traits say what a birth passes on, in
//! [`Heritage`](crate::world::Heritage).

pub mod explain;
mod list;
mod plugin;
#[cfg(test)]
mod testing;

pub mod fermi;
pub mod moran;

pub use list::{Explanation, ListedUpdateRule};
pub use plugin::{Evolution, EvolutionPlugin};

use crate::numbers::Number;
use crate::params::Params;
use crate::world::{Factories, UpdateRule, offered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How agents inherit from each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvolutionSpec {
    /// Who inherits from whom.
    pub rule: UpdateRuleSpec,
    /// Ticks of a generation. Fitness is the mean payoff per decision over them, never the reward.
    #[serde(default = "one")]
    pub every: u32,
}

fn one() -> u32 {
    1
}

impl UpdateRuleSpec {
    /// The rule, with those that plugins offer.
    ///
    /// # Errors
    /// If no plugin offers it, or the plugin refuses its parameters.
    pub fn build(&self, factories: &Factories) -> Result<Arc<dyn UpdateRule>, String> {
        match self {
            Self::Custom { name, params } => (offered(&factories.update_rules, name)?.make)(params),
            spec => Ok(spec.listed().expect("what is not a plugin's is listed")),
        }
    }
}

list::update_rules! {
    fermi::Fermi,
    moran::Moran,
}
