//! What children have from their parents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What children have from their parents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InheritSpec {
    /// The strategy: a scripted one, or the answers of a frozen language model. False if all agents learn, so that
    /// `weights` and what was `learned` alone are inherited.
    pub strategy: bool,
    /// Names of reward terms whose weights are inherited: `["payoff", "altruist"]`. Every population must have each of
    /// them among its rewards.
    pub weights: Vec<String>,
    /// What becomes of what agents have learned.
    pub learned: Learned,
    /// What becomes of the moments of optimizers where what was learned is inherited (`learned: Lamarckian`).
    pub moments: Moments,
    /// Probability that a child has two adapters as parents: its parent's and that of the agent in whose place it is
    /// born. It gets the mean of both products ΔW = B A, cut to their rank; everything else is its parent's.
    pub crossover: f64,
}

impl Default for InheritSpec {
    fn default() -> Self {
        Self {
            strategy: true,
            weights: Vec::new(),
            learned: Learned::default(),
            moments: Moments::default(),
            crossover: 0.0,
        }
    }
}

/// What a child has of what its parent has learned, for Q-tables, Q-networks and adapters of language models.
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
    /// All that its parent has learned by the end of the generation, with its exploration, and with the moments of its
    /// optimizer or without them.
    Lamarckian,
}

/// What becomes of the moments of an optimizer, and of its number of steps, where a child goes on with what its parent
/// has learned. A mean of two adapters has no moments either way: they would be about other factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Moments {
    /// The child has its parent's.
    #[default]
    Copy,
    /// The child's optimizer starts again.
    Zero,
}
