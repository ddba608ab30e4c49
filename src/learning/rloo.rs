//! REINFORCE leave-one-out (Kool et al. 2019; Ahmadian et al. 2024), on cells: the baseline of a decision is the mean
//! return of the other decisions at the same prompt.
//!
//! With n decisions at a prompt and mean return m, leaving decision i out gives the baseline `(n m − G_i) / (n − 1)`,
//! so `A_i = G_i − baseline = (G_i − m) · n / (n − 1)`: unbiased, as the baseline does not see G_i. Deviations:
//!
//! 1. The group is every decision at the same prompt in one update, in any match, rather than k completions sampled for
//!    the prompt; its size varies. A decision that is alone at its prompt has no baseline and teaches nothing.
//! 2. Decisions of one match share rewards when the discount is not 0, so the decisions of a group are then only
//!    approximately independent.
//! 3. Exact KL to the reference is a term of the loss, where Ahmadian et al. subtract a sampled one from the reward.

use super::exact::{self, Expectation, ReturnRule};
use super::learner::state;
use super::normalize::Moments;
use super::{About, Learner, ListedLearner, Loss, Plan, PolicyTable, TableGradient, Trajectory, UpdateStats};
use super::{kl::KlConfig, kl::KlController, optimizer::OptimizerConfig};
use super::{returns, surrogate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of RLOO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RlooConfig {
    /// Discount factor for later rewards of the match; with 0, a decision learns from its own round's reward alone.
    pub discount: f64,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for moving away from the reference policy.
    pub kl: KlConfig,
    /// Learning rate and other settings of the optimizer.
    pub optimizer: OptimizerConfig,
}

impl Default for RlooConfig {
    fn default() -> Self {
        Self { discount: 0.0, entropy_coef: 0.0, kl: KlConfig::None, optimizer: OptimizerConfig::default() }
    }
}

/// RLOO with its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Rloo {
    config: RlooConfig,
    kl: KlController,
}

impl Rloo {
    /// The learner before its first update.
    pub fn new(config: RlooConfig) -> Self {
        let kl = KlController::new(&config.kl);
        Self { config, kl }
    }
}

/// `A = (G − m) · n / (n − 1)`; 0 in a group of one or without spread.
fn leave_one_out(value: f64, group: &Moments) -> f64 {
    match group.spread() {
        Some(_) => (value - group.mean) * group.count / (group.count - 1.0),
        None => 0.0,
    }
}

impl ListedLearner for Rloo {
    type Config = RlooConfig;

    const SUMMARY: &'static str = "REINFORCE with a leave-one-out baseline.";

    const SOURCE: &'static str = "Kool, van Hoof & Welling 2019, Buy 4 REINFORCE samples, get a baseline for \
        free!, ICLR workshop; Ahmadian et al. 2024, Back to basics, arXiv 2402.14740";

    fn build(config: RlooConfig, _: usize) -> Self {
        Self::new(config)
    }

    fn about(config: &RlooConfig) -> About<'_> {
        About {
            title: "RLOO",
            discount: config.discount,
            epochs: 1,
            entropy_coef: config.entropy_coef,
            kl: &config.kl,
            optimizer: &config.optimizer,
            numbers: Vec::new(),
        }
    }
}

impl Learner for Rloo {
    fn optimizer(&self) -> &OptimizerConfig {
        &self.config.optimizer
    }

    fn needs_reference(&self) -> bool {
        self.kl.is_active()
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        let samples = returns::samples(trajectories, self.config.discount);
        let groups = returns::by_prompt(&samples, played.prompts());
        let cells = returns::cells(played, &samples, |prompt, value| leave_one_out(value, &groups[prompt]));
        Plan::by_decision(played, cells, None)
    }

    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        let returns = ahead.returns(&ReturnRule::discounted(self.config.discount));
        let groups = exact::by_prompt(&returns, played.outcomes);
        // Leaving one out of infinitely many does not change the mean.
        let advantage =
            |prompt: usize, value: f64| groups[prompt].spread().map_or(0.0, |_| value - groups[prompt].mean);
        Plan::by_decision(played, exact::cells(played, &returns, advantage), None)
    }

    fn loss(&self, plan: &Plan, current: &PolicyTable, reference: Option<&PolicyTable>) -> Loss {
        let mut gradient = TableGradient::zeros(current, false);
        let policy_loss = surrogate::log_likelihood(plan, current, &mut gradient);
        let stats = UpdateStats { policy_loss, ..UpdateStats::of(plan, current) };
        let loss = Loss { loss: policy_loss, gradient, stats };
        loss.regularized(plan, current, reference, self.config.entropy_coef, &self.kl)
    }

    fn end(&mut self, plan: &Plan, stats: &UpdateStats) {
        if let Some(kl) = stats.kl {
            self.kl.update(kl, plan.decisions());
        }
    }

    fn keep(&self) -> Vec<f64> {
        vec![self.kl.coef()]
    }

    fn recall(&mut self, kept: &[f64]) -> Result<(), String> {
        let [coef] = state(kept)?;
        self.kl.resume(coef);
        Ok(())
    }
}
