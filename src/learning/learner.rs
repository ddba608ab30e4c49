//! What all learners share: one trait and its results.

use super::{Expectation, Plan, PolicyTable, TableGradient, Trajectory, entropy};
use super::{cells::mean_kl, kl::KlConfig, kl::KlController, optimizer::OptimizerConfig};
use crate::numbers::Number;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A rule that turns trajectories into the gradient of a loss over a policy table.
///
/// The rows of all tables of one learner stand for the same prompts, in the same order, throughout its life.
pub trait Learner: Send + Sync + Debug {
    /// Optimizer steps per update.
    fn epochs(&self) -> u32 {
        1
    }
    /// Learning rate and other settings of the optimizer.
    fn optimizer(&self) -> &OptimizerConfig;
    /// Whether tables must come with values.
    fn needs_values(&self) -> bool {
        false
    }
    /// Whether [`loss`](Self::loss) must be given the reference policy, because the learner is held to it.
    fn needs_reference(&self) -> bool {
        false
    }
    /// Whether the loss has a part that sums over all outcomes, as an entropy bonus or a KL penalty does. Such a
    /// learner cannot learn from generated texts, which cannot be listed.
    fn sums_over_outcomes(&self) -> bool {
        self.needs_reference()
    }
    /// Starts an update: sums the advantages of the decisions that `played` took into cells.
    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan;
    /// Starts an update on what is expected instead of what happened, with the same advantages of expected decisions.
    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan;
    /// Returns the loss of the `current` table, its gradient and statistics; called once per epoch.
    fn loss(&self, plan: &Plan, current: &PolicyTable, reference: Option<&PolicyTable>) -> Loss;
    /// Ends an update; `stats` are those of its first epoch, that is, of the table that played.
    fn end(&mut self, plan: &Plan, stats: &UpdateStats);
    /// Returns the part of its state that outlives an update, for checkpoints.
    fn keep(&self) -> Vec<f64>;
    /// Restores what [`keep`](Self::keep) returned for a learner with the same settings.
    ///
    /// # Errors
    /// If it is not the state of such a learner.
    fn recall(&mut self, kept: &[f64]) -> Result<(), String>;
}

/// `kept` as exactly `N` numbers of a learner's state.
///
/// # Errors
/// If there are more or fewer.
pub(super) fn state<const N: usize>(kept: &[f64]) -> Result<[f64; N], String> {
    kept.try_into().map_err(|_| format!("the learner's state has {} numbers, expected {N}", kept.len()))
}

/// A learner that scenarios name, in the list of `learning/any.rs`.
pub trait ListedLearner: Learner {
    /// Its settings, as a scenario gives them.
    type Config;

    /// What `sim schema` says about it.
    const SUMMARY: &'static str;

    /// The papers that it comes from.
    const SOURCE: &'static str;

    /// The learner before its first update, for tables of `prompts` prompts.
    fn build(config: Self::Config, prompts: usize) -> Self;

    /// What the rest of the program needs to know about a learner with these settings.
    fn about(config: &Self::Config) -> About<'_>;
}

/// What the checks of a scenario and the plan of a run need to know about a learner.
#[derive(Clone, Debug, PartialEq)]
pub struct About<'a> {
    /// Its name in the plan.
    pub title: &'static str,
    /// Discount factor for later rewards of the match.
    pub discount: f64,
    /// Optimizer steps per update.
    pub epochs: u32,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for moving away from the reference policy.
    pub kl: &'a KlConfig,
    /// Learning rate and other settings of the optimizer.
    pub optimizer: &'a OptimizerConfig,
    /// The learner's other numbers, and what each may be.
    pub numbers: Vec<Number>,
}

/// The loss of one table under one plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// `policy_loss + value_coef · value_loss − entropy_coef · entropy + kl_coef · kl`, each a mean under the plan's
    /// weights: over decisions, or over prompts.
    pub loss: f64,
    /// Its gradient.
    pub gradient: TableGradient,
    /// Its parts, for the record.
    pub stats: UpdateStats,
}

impl Loss {
    /// Completes a loss that holds the parts of the policy and of the value head: adds the entropy bonus and the
    /// penalty for moving away from the reference policy to loss, gradient and statistics.
    pub fn regularized(
        mut self,
        plan: &Plan,
        current: &PolicyTable,
        reference: Option<&PolicyTable>,
        entropy_coef: f64,
        kl: &KlController,
    ) -> Self {
        let stats = &mut self.stats;
        stats.entropy = entropy::accumulate(&plan.weights, current, -entropy_coef, &mut self.gradient);
        stats.kl = kl.accumulate(&plan.weights, current, reference, &mut self.gradient);
        stats.kl_coef = kl.coef();
        self.loss = self.loss - entropy_coef * stats.entropy + stats.kl_coef * stats.kl.unwrap_or(0.0);
        self
    }
}

/// Parts of a loss and other numbers worth recording; means over decisions, in nats where they are entropies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateStats {
    /// The policy's part.
    pub policy_loss: f64,
    /// The value head's part, before its coefficient; `None` for learners without a value head.
    pub value_loss: Option<f64>,
    /// Entropy of the current policy.
    pub entropy: f64,
    /// KL(current ‖ reference); `None` if no reference was given.
    pub kl: Option<f64>,
    /// The coefficient of that KL in the loss.
    pub kl_coef: f64,
    /// KL(played ‖ current): how far the epochs so far have moved the policy. Exact; PPO implementations estimate it.
    pub approx_kl: f64,
    /// Share of decisions whose probability ratio is outside the clipping range.
    pub clip_fraction: f64,
    /// Share of the targets' variance explained by the values that played; `None` without a value head or variance.
    pub explained_variance: Option<f64>,
    /// Share of decisions whose advantage is 0.
    pub zero_advantage_fraction: f64,
}

impl UpdateStats {
    /// Statistics that follow from the plan and the current table alone; the rest is 0 or `None`.
    pub fn of(plan: &Plan, current: &PolicyTable) -> Self {
        Self {
            approx_kl: mean_kl(&plan.weights, &plan.played, current),
            explained_variance: plan.targets.as_ref().and_then(|targets| targets.explained_variance()),
            zero_advantage_fraction: plan.cells.zero_fraction(),
            ..Self::default()
        }
    }
}
