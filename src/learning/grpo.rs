//! Group-relative policy optimisation (Shao et al. 2024, section 4.1), on cells: the group is every decision an agent
//! made at the same prompt in one tick.
//!
//! `A_i = (G_i − mean) / sd` within the group, then PPO's clipped loss without a value head. Deviations from the paper:
//!
//! 1. The group is every decision at the same prompt in one update, in any match, rather than k completions sampled for
//!    the prompt; its size varies. A group whose returns do not differ teaches nothing.
//! 2. The standard deviation has divisor n, and nothing is added to it.
//! 3. A label is one outcome with one ratio, the product over its tokens, so there is no mean over tokens (equation 3's
//!    1/|o|) and no length bias.
//! 4. KL to the reference is exact over the outcomes, where the paper sums the estimator `π_ref/π − ln(π_ref/π) − 1`.
//! 5. Optional: no division by the standard deviation (as Liu et al. 2025 advise), prompts weighted equally, an entropy
//!    bonus. Equal weights apply to policy loss, entropy and KL alike.

use super::exact::{self, Expectation, ReturnRule};
use super::learner::state;
use super::normalize::Moments;
use super::{About, Cells, Learner, ListedLearner, Loss, Plan, PolicyTable, TableGradient, Trajectory, UpdateStats};
use super::{kl::KlConfig, kl::KlController, optimizer::OptimizerConfig};
use super::{returns, surrogate};
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of GRPO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GrpoConfig {
    /// Discount factor for later rewards of the match; with 0, a decision learns from its own round's reward alone.
    pub discount: f64,
    /// Whether advantages are divided by the standard deviation of the group's returns.
    pub normalize: bool,
    /// Whether every prompt that was met has the same weight, however often it was met.
    pub weigh_prompts_equally: bool,
    /// Optimizer steps per update, all on the same decisions.
    pub epochs: u32,
    /// How far the probability ratio may move from 1 before its gain is clipped; takes effect from the second epoch on.
    pub clip_coef: f64,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for moving away from the reference policy.
    pub kl: KlConfig,
    /// Learning rate and other settings of the optimizer.
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

/// GRPO with its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Grpo {
    config: GrpoConfig,
    kl: KlController,
}

impl Grpo {
    /// The learner before its first update.
    pub fn new(config: GrpoConfig) -> Self {
        let kl = KlController::new(&config.kl);
        Self { config, kl }
    }

    /// A return relative to its group's returns; 0 in a group without spread.
    fn advantage(&self, value: f64, group: &Moments) -> f64 {
        match group.spread() {
            Some(sd) if self.config.normalize => (value - group.mean) / sd,
            Some(_) => value - group.mean,
            None => 0.0,
        }
    }

    fn plan(&self, played: &PolicyTable, cells: Cells) -> Plan {
        match self.config.weigh_prompts_equally {
            true => Plan::by_prompt(played, cells),
            false => Plan::by_decision(played, cells, None),
        }
    }
}

impl ListedLearner for Grpo {
    type Config = GrpoConfig;

    const SUMMARY: &'static str = "Group-relative policy optimisation.";

    const SOURCE: &'static str = "Shao et al. 2024, DeepSeekMath, arXiv 2402.03300, section 4.1";

    fn build(config: GrpoConfig, _: usize) -> Self {
        Self::new(config)
    }

    fn about(config: &GrpoConfig) -> About<'_> {
        About {
            title: "GRPO",
            discount: config.discount,
            epochs: config.epochs,
            entropy_coef: config.entropy_coef,
            kl: &config.kl,
            optimizer: &config.optimizer,
            numbers: vec![
                Number::new("epochs", config.epochs.into(), Range::Epochs),
                Number::new("clip_coef", config.clip_coef, Range::Inside),
            ],
        }
    }
}

impl Learner for Grpo {
    fn epochs(&self) -> u32 {
        self.config.epochs
    }

    fn optimizer(&self) -> &OptimizerConfig {
        &self.config.optimizer
    }

    fn needs_reference(&self) -> bool {
        self.kl.is_active()
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        let samples = returns::samples(trajectories, self.config.discount);
        let groups = returns::by_prompt(&samples, played.prompts());
        let cells = returns::cells(played, &samples, |prompt, value| self.advantage(value, &groups[prompt]));
        self.plan(played, cells)
    }

    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        let returns = ahead.returns(&ReturnRule::discounted(self.config.discount));
        let groups = exact::by_prompt(&returns, played.outcomes);
        self.plan(played, exact::cells(played, &returns, |prompt, value| self.advantage(value, &groups[prompt])))
    }

    fn loss(&self, plan: &Plan, current: &PolicyTable, reference: Option<&PolicyTable>) -> Loss {
        let mut gradient = TableGradient::zeros(current, false);
        let policy = surrogate::clipped(plan, current, self.config.clip_coef, &mut gradient);
        let (policy_loss, clip_fraction) = (policy.loss, policy.fraction);
        let stats = UpdateStats { policy_loss, clip_fraction, ..UpdateStats::of(plan, current) };
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
