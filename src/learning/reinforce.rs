//! REINFORCE with a moving-average baseline (Williams 1992), on cells.
//!
//! `∇J = E[(G − b) ∇ln π]`, one step on the mean over the decisions of an update. Deviations from the textbook:
//!
//! 1. The return G runs from a decision to the end of its match, discounted between decisions but not by the time since
//!    the match began.
//! 2. The baseline b is one number per prompt, and it includes the current update's mean return (and nothing else at a
//!    prompt's first update). So b depends on the returns it is subtracted from, which shrinks the expected gradient by
//!    the factor 1 − (1 − decay)/n for n decisions at the prompt and leaves its direction unchanged.
//! 3. With exact expected returns there is no such shrinking: n is effectively infinite.
//! 4. Exact entropy and KL to a reference are added to the loss.

use super::exact::{self, Expectation, ReturnRule};
use super::normalize::{Moments, floor};
use super::{About, Learner, ListedLearner, Loss, Plan, PolicyTable, TableGradient, Trajectory, UpdateStats};
use super::{kl::KlConfig, kl::KlController, optimizer::OptimizerConfig};
use super::{returns, surrogate};
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of REINFORCE.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReinforceConfig {
    /// Discount factor for later rewards of the match; with 0, a decision learns from its own round's reward alone.
    pub discount: f64,
    /// How slowly the baseline (a moving average of returns per prompt) forgets, per update; 0: the current mean alone.
    pub baseline_decay: f64,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for moving away from the reference policy.
    pub kl: KlConfig,
    /// Learning rate and other settings of the optimizer.
    pub optimizer: OptimizerConfig,
}

impl Default for ReinforceConfig {
    fn default() -> Self {
        Self {
            discount: 0.0,
            baseline_decay: 0.9,
            entropy_coef: 0.0,
            kl: KlConfig::None,
            optimizer: OptimizerConfig::default(),
        }
    }
}

/// REINFORCE with its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Reinforce {
    config: ReinforceConfig,
    kl: KlController,
    /// Moving average of returns, one per prompt; `None` where there has been no decision yet.
    baselines: Vec<Option<f64>>,
}

impl Reinforce {
    /// The learner before its first update, for tables of `prompts` prompts.
    pub fn new(config: ReinforceConfig, prompts: usize) -> Self {
        let kl = KlController::new(&config.kl);
        Self { config, kl, baselines: vec![None; prompts] }
    }

    /// Moves the baselines by the returns of one update, one entry per prompt: `b ← decay · b + (1 − decay) · mean
    /// return`.
    fn move_baselines(&mut self, returns: &[Moments]) {
        self.baselines.resize(returns.len().max(self.baselines.len()), None);
        for (baseline, fresh) in self.baselines.iter_mut().zip(returns).filter(|(_, m)| m.count > 0.0) {
            let decay = if baseline.is_some() { self.config.baseline_decay } else { 0.0 };
            *baseline = Some(decay * baseline.unwrap_or(0.0) + (1.0 - decay) * fresh.mean);
        }
    }

    /// A return at `prompt` minus the baseline there.
    fn advantage(&self, prompt: usize, value: f64) -> f64 {
        let baseline = self.baselines[prompt].expect("a prompt with a decision has a baseline");
        let advantage = value - baseline;
        if advantage.abs() < floor(baseline) { 0.0 } else { advantage }
    }
}

impl ListedLearner for Reinforce {
    type Config = ReinforceConfig;

    const SUMMARY: &'static str = "REINFORCE with a moving-average baseline.";

    const SOURCE: &'static str = "Williams 1992, Simple statistical gradient-following algorithms for \
        connectionist reinforcement learning, Machine Learning 8";

    fn build(config: ReinforceConfig, prompts: usize) -> Self {
        Self::new(config, prompts)
    }

    fn about(config: &ReinforceConfig) -> About<'_> {
        About {
            title: "REINFORCE",
            discount: config.discount,
            epochs: 1,
            entropy_coef: config.entropy_coef,
            kl: &config.kl,
            optimizer: &config.optimizer,
            numbers: vec![Number::new("baseline_decay", config.baseline_decay, Range::Decay)],
        }
    }
}

impl Learner for Reinforce {
    fn optimizer(&self) -> &OptimizerConfig {
        &self.config.optimizer
    }

    fn needs_reference(&self) -> bool {
        self.kl.is_active()
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        let samples = returns::samples(trajectories, self.config.discount);
        self.move_baselines(&returns::by_prompt(&samples, played.prompts()));
        let cells = returns::cells(played, &samples, |prompt, value| self.advantage(prompt, value));
        Plan::by_decision(played, cells, None)
    }

    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        let returns = ahead.returns(&ReturnRule::discounted(self.config.discount));
        self.move_baselines(&exact::by_prompt(&returns, played.outcomes));
        let cells = exact::cells(played, &returns, |prompt, value| self.advantage(prompt, value));
        Plan::by_decision(played, cells, None)
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

    /// The coefficient of the KL penalty, and the baseline of every prompt: NaN where there is none yet.
    fn keep(&self) -> Vec<f64> {
        let baselines = self.baselines.iter().map(|baseline| baseline.unwrap_or(f64::NAN));
        [self.kl.coef()].into_iter().chain(baselines).collect()
    }

    fn recall(&mut self, kept: &[f64]) -> Result<(), String> {
        let prompts = self.baselines.len();
        let Some((&coef, baselines)) = kept.split_first().filter(|(_, baselines)| baselines.len() == prompts) else {
            return Err(format!("the learner's state has {} numbers, expected {}", kept.len(), prompts + 1));
        };
        self.kl.resume(coef);
        self.baselines = baselines.iter().map(|&baseline| (!baseline.is_nan()).then_some(baseline)).collect();
        Ok(())
    }
}
