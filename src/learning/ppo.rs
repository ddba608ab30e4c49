//! Proximal policy optimisation (Schulman et al. 2017) with generalised advantage estimation (Schulman et al. 2016), on cells.

use super::{kl::KlConfig, optimizer::OptimizerConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers of [PPO](self).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PpoConfig {
    /// Discount of later rewards of the match.
    pub discount: f64,
    /// λ of generalised advantage estimation, over the rounds of a match.
    pub gae_lambda: f64,
    /// Optimizer steps per update over the same decisions.
    pub epochs: u32,
    /// How far the probability ratio may leave 1 before its gain is clipped.
    pub clip_coef: f64,
    /// How far a value may leave its old value before its gain is clipped; none: values are not clipped.
    pub value_clip_coef: Option<f64>,
    /// Weight of the value loss.
    pub value_coef: f64,
    /// Shift and scale the update's advantages to mean 0 and standard deviation 1.
    pub normalize: bool,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for leaving the reference policy.
    pub kl: KlConfig,
    /// Step size and companions.
    pub optimizer: OptimizerConfig,
}

impl Default for PpoConfig {
    fn default() -> Self {
        Self {
            discount: 0.99,
            gae_lambda: 0.95,
            epochs: 4,
            clip_coef: 0.2,
            value_clip_coef: None,
            value_coef: 0.1,
            normalize: true,
            entropy_coef: 0.0,
            kl: KlConfig::None,
            optimizer: OptimizerConfig::default(),
        }
    }
}
