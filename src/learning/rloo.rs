//! REINFORCE leave-one-out (Kool et al. 2019; Ahmadian et al. 2024), on cells: the baseline of a decision is the mean
//! return of the other decisions at the same prompt.

use super::{kl::KlConfig, optimizer::OptimizerConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers of [RLOO](self).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RlooConfig {
    /// Discount of later rewards of the match; 0 learns from each round's own reward alone.
    pub discount: f64,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for leaving the reference policy.
    pub kl: KlConfig,
    /// Step size and companions.
    pub optimizer: OptimizerConfig,
}

impl Default for RlooConfig {
    fn default() -> Self {
        Self { discount: 0.0, entropy_coef: 0.0, kl: KlConfig::None, optimizer: OptimizerConfig::default() }
    }
}
