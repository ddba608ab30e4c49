//! Divergence from the reference policy: exact over the outcomes of each prompt, fixed or adaptive coefficient.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strongly a learner is held to its reference policy (the base model without the adapter).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum KlConfig {
    /// No penalty; KL is still measured and recorded.
    #[default]
    None,
    /// A constant coefficient.
    Fixed {
        /// The coefficient.
        coef: f64,
    },
    /// A coefficient that grows while KL exceeds the target and shrinks while it is below (Ziegler et al. 2019, section 2.2).
    Adaptive {
        /// Initial coefficient.
        coef: f64,
        /// KL to aim at, in nats per decision.
        target: f64,
        /// Decisions over which the coefficient changes by a factor of e at most.
        horizon: f64,
    },
}
