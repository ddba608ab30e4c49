//! What agents are rewarded for.

use crate::world::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One term of a population's reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardSpec {
    /// What is rewarded.
    pub term: TermSpec,
    /// Factor in the sum; not negative (each term has its opposite).
    #[serde(default = "default_weight")]
    pub weight: f64,
    /// First tick in force.
    #[serde(default)]
    pub from: u32,
    /// First tick no longer in force.
    #[serde(default)]
    pub until: Option<u32>,
    /// Ticks over which the weight grows from 0 to `weight`.
    #[serde(default)]
    pub ramp: u32,
}

fn default_weight() -> f64 {
    1.0
}

/// A reward term; `sim explain <term>` prints its formula and source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum TermSpec {
    /// The player's own payoff (the selfish reward).
    Payoff,
    /// The sum of all payoffs.
    Utilitarian,
    /// Minus the sum of all payoffs.
    AntiUtilitarian,
    /// The co-players' payoff.
    Altruist,
    /// Minus the co-players' payoff.
    AntiAltruist,
    /// A fine for defecting on one who cooperated in the last round.
    Deontological {
        /// Size of the fine.
        #[serde(default = "default_penalty")]
        penalty: f64,
    },
    /// A prize for defecting on one who cooperated in the last round.
    MaliciousDeontological {
        /// Size of the prize.
        #[serde(default = "default_bonus")]
        bonus: f64,
    },
    /// Equality of the round's payoffs, 0 to 1.
    VirtueEquality,
    /// Inequality of the round's payoffs, 0 to 1.
    VirtueInequality,
    /// A prize for cooperating.
    VirtueKindness {
        /// Size of the prize.
        #[serde(default = "default_bonus")]
        bonus: f64,
    },
    /// A prize for defecting.
    VirtueAggression {
        /// Size of the prize.
        #[serde(default = "default_bonus")]
        bonus: f64,
    },
    /// Equality and kindness mixed: `beta` · equality + (1 − `beta`) · 1 for cooperating.
    VirtueMixed {
        /// Share of equality.
        #[serde(default = "default_half")]
        beta: f64,
    },
    /// A term that a plugin registered under this name.
    Custom {
        /// Registered name.
        name: String,
        /// What is handed to the plugin, in fields of its own: `params: (benefit: 4.0)`.
        #[serde(default)]
        #[schemars(extend("x-params" = "terms"))]
        params: Params,
    },
}

fn default_penalty() -> f64 {
    3.0
}

fn default_bonus() -> f64 {
    5.0
}

fn default_half() -> f64 {
    0.5
}
