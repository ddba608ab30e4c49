//! Selection between agents: who inherits from whom, one file per rule.
//!
//! The list at the end of this file is the only place that names them all. A rule is a pure function from the fitness
//! of all agents to events ([`UpdateRule`]); the plugins of the traits say what a birth passes on, in
//! [`Heritage`](crate::world::Heritage). What is inherited, what mutates and what else happens is in [`EvolutionSpec`].

mod arrivals;
pub mod explain;
mod generation;
mod imitation;
mod legacy;
mod list;
mod lives;
mod plugin;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod types;

pub mod fermi;
pub mod fitness_map;
pub mod imitate_best;
pub mod migration;
pub mod moran;
pub mod moran_death_birth;
pub mod mutation;
pub mod proportional_imitation;
pub mod traits;
pub mod truncation;
pub mod wright_fisher;

pub use crate::explained::Explanation;
pub use list::ListedUpdateRule;
pub use plugin::EvolutionPlugin;

use crate::numbers::Number;
use crate::params::Params;
use crate::world::{Factories, UpdateRule, offered};
use bevy_ecs::prelude::Resource;
use migration::MigrationSpec;
use mutation::MutationSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use traits::{InheritSpec, Learned, Moments};

/// How agents inherit from each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvolutionSpec {
    /// Who inherits from whom.
    pub rule: UpdateRuleSpec,
    /// Ticks of a generation. Fitness is the mean per decision over them.
    #[serde(default = "one")]
    pub every: u32,
    /// What selection looks at.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = FitnessSpec::default()))]
    pub fitness: FitnessSpec,
    /// What children have from their parents.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = InheritSpec::default()))]
    pub inherit: InheritSpec,
    /// How children come to differ from their parents.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = MutationSpec::default()))]
    pub mutation: MutationSpec,
    /// Ticks at the beginning of the run that belong to no generation.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = 0))]
    pub burn_in: u32,
    /// Populations whose members never change, though others may inherit from them.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = Vec::<String>::new()))]
    pub committed: Vec<String>,
    /// Agents that are given another type at the beginning of a tick.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = Vec::<String>::new()))]
    pub invasions: Vec<InvasionSpec>,
    /// Agents of different islands that exchange places; `None`: none do. It needs `Islands` as the `structure`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub migration: Option<MigrationSpec>,
    /// End the run once all agents are of one type.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub stop_at_fixation: bool,
    /// Write `genealogy.csv`: one row per birth and mutation.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    #[schemars(extend("default" = true))]
    pub genealogy: bool,
}

/// How agents of this run inherit from each other.
#[derive(Resource, Clone, Debug)]
pub struct Evolution {
    /// Who inherits from whom.
    pub rule: Arc<dyn UpdateRule>,
    /// Everything that the scenario says of it.
    pub spec: EvolutionSpec,
}

impl Evolution {
    /// A few words for the dry run.
    pub fn summary(&self) -> String {
        let EvolutionSpec { every, fitness, mutation, inherit, migration, .. } = &self.spec;
        let ticks = if *every == 1 { "every tick".into() } else { format!("every {every} ticks") };
        let fitness = match fitness {
            FitnessSpec::Payoff => String::new(),
            FitnessSpec::Reward => ", fitness is the reward".into(),
            FitnessSpec::Term(term) => format!(", fitness is `{term}`"),
        };
        let mutation = if mutation.is_any() { ", with mutation" } else { "" };
        let crossover = if inherit.crossover > 0.0 { ", with crossover" } else { "" };
        let migration = migration.map_or_else(String::new, |migration| format!(", {}", migration.summary()));
        let learned = match (inherit.learned, inherit.moments) {
            (Learned::Baldwinian, _) => "",
            (Learned::Darwinian, _) => "; a child begins with what its parent was born with",
            (Learned::Lamarckian, Moments::Copy) => "; a child has what its parent has learned, with its moments",
            (Learned::Lamarckian, Moments::Zero) => "; a child has what its parent has learned, without its moments",
        };
        format!("{}, {ticks}{fitness}{mutation}{crossover}{migration}{learned}", self.rule.summary())
    }

    /// Whether a generation ends with `tick`.
    fn ends(&self, tick: u32) -> bool {
        let EvolutionSpec { every, burn_in, .. } = self.spec;
        tick >= burn_in && (tick + 1 - burn_in).is_multiple_of(every)
    }
}

/// What selection looks at: a mean per decision over the ticks of a generation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum FitnessSpec {
    /// The material payoff.
    #[default]
    Payoff,
    /// The reward that learners learn from.
    Reward,
    /// What one reward term pays, weighted, by the name of its column without `reward_`.
    Term(String),
}

/// Agents that are given another type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvasionSpec {
    /// The tick before which they change.
    pub tick: u32,
    /// The population whose founding type they take over; it may have no members (`count: 0`).
    pub population: String,
    /// Number of agents, drawn evenly from all that are neither committed nor of this type already.
    #[serde(default = "one")]
    pub count: u32,
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}

fn is_yes(flag: &bool) -> bool {
    *flag
}

/// Scenarios without a field are resolved as they were before there was one.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl EvolutionSpec {
    /// Whether it will be asked what agents were born with.
    pub fn keeps_inborn(&self) -> bool {
        self.inherit.learned != Learned::Lamarckian || !self.invasions.is_empty()
    }

    /// Whether adapters ever change on their way from one agent to another.
    pub fn changes_adapters(&self) -> bool {
        self.inherit.crossover > 0.0 || self.mutation.adapter.is_some()
    }
}

impl UpdateRuleSpec {
    /// The most events of a generation of this many agents; of a plugin's rule, one per agent.
    pub fn events_at_most(&self, agents: u64) -> u64 {
        self.listed().map_or(agents, |rule| rule.events_at_most(agents))
    }

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
    moran_death_birth::MoranDeathBirth,
    imitate_best::ImitateBest,
    proportional_imitation::ProportionalImitation,
    wright_fisher::WrightFisher,
    truncation::Truncation,
}
