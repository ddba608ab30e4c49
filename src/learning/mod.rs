//! How an agent changes: learners turn a tick's trajectories into the gradient of a loss over a policy table.
//!
//! Pure maths over [`PolicyTable`]: a learner never sees tokens, games or the ECS. One update of one agent is
//!
//! 1. [`outcomes::table`]: raw label log-probabilities of the engine → the table that plays;
//! 2. [`Learner::begin`]: trajectories and the table that played them → a [`Plan`] (advantages, summed per cell); or
//!    [`Learner::begin_exact`]: expected returns instead of trajectories (see [`exact`]);
//! 3. per epoch [`Learner::loss`]: the plan and the current table → loss, its gradient in the table, statistics;
//! 4. [`outcomes::backward`]: gradient in the table → gradient in the raw log-probabilities, for the engine;
//! 5. [`optimizer::AdamW::step`]: gradient in the parameters → new parameters;
//! 6. [`Learner::end`]: adaptive coefficients are adjusted.
//!
//! All decisions that share a prompt and an outcome (a *cell*) share ln π and its gradient, so a learner needs only
//! sums per cell. Nothing is lost by summing, and the tests hold every learner to the naive loss over samples.

pub mod any;
pub mod cells;
pub mod entropy;
pub mod exact;
pub mod grpo;
pub mod kl;
pub mod learner;
pub mod normalize;
pub mod optimizer;
pub mod outcomes;
pub mod ppo;
pub mod reinforce;
pub mod returns;
pub mod rloo;
pub mod surrogate;
pub mod values;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

pub use any::LearnerSpec;
pub use cells::{Cells, Plan};
pub use exact::{Estimator, Expectation};
pub use learner::{About, Learner, ListedLearner, Loss, UpdateStats};

/// Action probabilities of one policy at every prompt, as the learner sees them.
///
/// An *outcome* is a label, or, under `Free` decisions, the illegal remainder as one more outcome in the last place.
/// At every prompt the outcomes' probabilities sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyTable {
    /// Outcomes per prompt.
    pub outcomes: usize,
    /// ln π(outcome | prompt), row-major (prompts, outcomes).
    pub log_probs: Vec<f64>,
    /// V(prompt) of the value head, one per prompt; empty for policies without one.
    pub values: Vec<f64>,
}

impl PolicyTable {
    /// Number of prompts.
    pub fn prompts(&self) -> usize {
        self.log_probs.len() / self.outcomes
    }

    /// ln π of `outcome` at `prompt`.
    pub fn log_prob(&self, prompt: usize, outcome: usize) -> f64 {
        self.log_probs[prompt * self.outcomes + outcome]
    }
}

/// One decision of a trajectory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Index of the prompt in the policy table.
    pub prompt: u32,
    /// Index of the outcome drawn.
    pub outcome: u32,
    /// The reward the decision earned.
    pub reward: f64,
}

/// One match as one player experienced it: its decisions in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// The decisions, first round first.
    pub steps: Vec<Step>,
}

/// The gradient of a loss with respect to a policy table, entry by entry.
#[derive(Clone, Debug, PartialEq)]
pub struct TableGradient {
    /// ∂loss/∂ln π(outcome | prompt), row-major (prompts, outcomes), each entry taken as a free variable.
    pub log_probs: Vec<f64>,
    /// ∂loss/∂V(prompt), one per prompt; empty for learners without a value head.
    pub values: Vec<f64>,
}

impl TableGradient {
    /// The zero gradient of `table`, with entries for its values if `with_values`.
    pub fn zeros(table: &PolicyTable, with_values: bool) -> Self {
        Self {
            log_probs: vec![0.0; table.log_probs.len()],
            values: if with_values { vec![0.0; table.values.len()] } else { Vec::new() },
        }
    }
}
