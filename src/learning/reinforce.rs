//! REINFORCE with a moving-average baseline (Williams 1992), on cells.

use super::{kl::KlConfig, optimizer::OptimizerConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers of [REINFORCE](self).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReinforceConfig {
    /// Discount of later rewards of the match; 0 learns from each round's own reward alone.
    pub discount: f64,
    /// How slowly the baseline (a moving average of returns per prompt) forgets, per update; 0: the current mean only.
    pub baseline_decay: f64,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for leaving the reference policy.
    pub kl: KlConfig,
    /// Step size and companions.
    pub optimizer: OptimizerConfig,
}

impl Default for ReinforceConfig {
    fn default() -> Self {
        Self {
            discount: 0.0,
            baseline_decay: 0.9,
            entropy_coef: 0.0,
            kl: KlConfig::None,
            optimizer: OptimizerConfig::default(),
        }
    }
}
