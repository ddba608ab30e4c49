//! What agents are rewarded for.

use crate::morals::TermSpec;
use crate::world::Phase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One term of a population's reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardSpec {
    /// What is rewarded.
    pub term: TermSpec,
    /// Factor in the sum; not negative (most terms have an opposite).
    #[serde(default = "default_weight")]
    pub weight: f64,
    /// First tick in which the term is in force.
    #[serde(default)]
    pub from: u32,
    /// First tick in which the term is no longer in force.
    #[serde(default)]
    pub until: Option<u32>,
    /// Ticks over which the weight grows from 0 to `weight`, from `from` on.
    #[serde(default)]
    pub ramp: u32,
    /// Ticks over which the weight falls from `weight` to 0, which it reaches at `until`.
    #[serde(default)]
    pub fade: u32,
}

impl RewardSpec {
    /// When the term is in force, and how strongly.
    pub fn phase(&self) -> Phase {
        let Self { weight, from, until, ramp, fade, .. } = *self;
        Phase { weight, from, until, ramp, fade }
    }
}

fn default_weight() -> f64 {
    1.0
}
