//! Group-relative policy optimisation (Shao et al. 2024, section 4.1), on cells: the group is every decision an agent made
//! at the same prompt in one tick.

use super::{kl::KlConfig, optimizer::OptimizerConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers of [GRPO](self).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GrpoConfig {
    /// Discount of later rewards of the match; 0 learns from each round's own reward alone.
    pub discount: f64,
    /// Divide advantages by the standard deviation of the group's returns.
    pub normalize: bool,
    /// Every prompt that was met weighs the same, however often it was met.
    pub weigh_prompts_equally: bool,
    /// Optimizer steps per update over the same decisions.
    pub epochs: u32,
    /// How far the probability ratio may leave 1 before its gain is clipped; acts from the second epoch on.
    pub clip_coef: f64,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for leaving the reference policy.
    pub kl: KlConfig,
    /// Step size and companions.
    pub optimizer: OptimizerConfig,
}

impl Default for GrpoConfig {
    fn default() -> Self {
        Self {
            discount: 0.0,
            normalize: true,
            weigh_prompts_equally: false,
            epochs: 1,
            clip_coef: 0.2,
            entropy_coef: 0.0,
            kl: KlConfig::None,
            optimizer: OptimizerConfig::default(),
        }
    }
}
