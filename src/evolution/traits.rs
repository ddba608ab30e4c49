//! What children have from their parents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What children have from their parents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InheritSpec {
    /// The strategy: a scripted one, or the answers of a frozen language model. False if all agents learn, so that
    /// `weights` alone are inherited.
    pub strategy: bool,
    /// Names of reward terms whose weights are inherited: `["payoff", "altruist"]`. Every population must have each of
    /// them among its rewards.
    pub weights: Vec<String>,
    /// What becomes of what agents have learned.
    pub learned: Learned,
}

impl Default for InheritSpec {
    fn default() -> Self {
        Self { strategy: true, weights: Vec::new(), learned: Learned::default() }
    }
}

/// What a child has of what its parent has learned, for Q-tables and Q-networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Learned {
    /// Nothing: it inherits what learning is made of, and starts as the founder in its place did. Exploration and the
    /// moments of an optimizer start again too.
    #[default]
    Baldwinian,
    /// What its parent was born with, and nothing that the parent has learned in its life. Exploration and the moments
    /// of an optimizer are as they were then.
    Darwinian,
    /// All that its parent has learned by the end of the generation, with copies of its exploration and of the moments
    /// of its optimizer.
    Lamarckian,
}
