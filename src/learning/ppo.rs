//! Proximal policy optimisation (Schulman et al. 2017) with generalised advantage estimation (Schulman et al. 2016), on
//! cells.
//!
//! `L = −E[min(r A, clip(r, 1 ± ε) A)] + c_v ½ E[(V − R)²] − c_h H + β KL(π ‖ π_ref)` with `R = A + V_played` before A
//! is normalised. Deviations from the papers and their usual implementations:
//!
//! 1. Each epoch is one step on the whole update; there are no minibatches.
//! 2. A decision is one outcome with one ratio, the product over its label's tokens. Implementations for language
//!    models treat every token as a decision and run γ and λ over the tokens of one reply; here they run over the
//!    rounds of a match.
//! 3. KL to the reference is exact and a term of the loss, where those implementations subtract a sampled one from the
//!    reward.
//! 4. Advantages are normalised over the update by the standard deviation with divisor n and nothing added; without
//!    spread they are 0.
//! 5. The old values that bound a clipped value are those that played, in all epochs.
//! 6. A match ends by its rules, so the value after its last decision is 0.

use super::exact::{self, Expectation, ReturnRule};
use super::learner::state;
use super::normalize::Moments;
use super::{About, Cells, Learner, ListedLearner, Loss, Plan, PolicyTable, TableGradient, Trajectory, UpdateStats};
use super::{kl::KlConfig, kl::KlController, optimizer::OptimizerConfig};
use super::{returns, surrogate, values::ValueTargets};
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How rewards are scaled before advantages are computed from them. The statistics run over all rewards of the
/// learner's life, including the current update's, with divisor n − 1; as long as rewards have not differed, they are
/// left in their unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RewardScaling {
    /// Rewards as they are.
    #[default]
    None,
    /// Divided by their running standard deviation.
    RunningStd,
    /// Minus their running mean, then divided by their running standard deviation (`use_score_norm` of TRL 0.x).
    RunningMeanStd,
}

/// Settings of PPO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PpoConfig {
    /// Discount factor for later rewards of the match.
    pub discount: f64,
    /// λ of generalised advantage estimation, over the rounds of a match.
    pub gae_lambda: f64,
    /// Optimizer steps per update, all on the same decisions.
    pub epochs: u32,
    /// How far the probability ratio may move from 1 before its gain is clipped.
    pub clip_coef: f64,
    /// How far a value may move away from its old value before its gain is clipped; `None`: values are not clipped.
    pub value_clip_coef: Option<f64>,
    /// Weight of the value loss.
    pub value_coef: f64,
    /// Whether the update's advantages are shifted and scaled to mean 0 and standard deviation 1.
    pub normalize: bool,
    /// How rewards are scaled before advantages are computed.
    pub scale_rewards: RewardScaling,
    /// Weight of the entropy bonus.
    pub entropy_coef: f64,
    /// Penalty for moving away from the reference policy.
    pub kl: KlConfig,
    /// Learning rate and other settings of the optimizer.
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
            scale_rewards: RewardScaling::None,
            entropy_coef: 0.0,
            kl: KlConfig::None,
            optimizer: OptimizerConfig::default(),
        }
    }
}

/// PPO with its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Ppo {
    config: PpoConfig,
    kl: KlController,
    /// Statistics of all rewards so far, if rewards are scaled.
    rewards: Moments,
}

/// One decision of an update, with what it teaches.
struct Lesson {
    prompt: usize,
    outcome: usize,
    advantage: f64,
    target: f64,
}

impl Ppo {
    /// The learner before its first update.
    pub fn new(config: PpoConfig) -> Self {
        let kl = KlController::new(&config.kl);
        Self { config, kl, rewards: Moments::default() }
    }

    /// Adds the update's rewards to the running statistics and returns (shift, scale), for `(r − shift) · scale`.
    fn scaling(&mut self, fresh: &Moments) -> (f64, f64) {
        if self.config.scale_rewards == RewardScaling::None {
            return (0.0, 1.0);
        }
        self.rewards.merge(fresh);
        let scale = self.rewards.sample_spread().map_or(1.0, |sd| 1.0 / sd);
        match self.config.scale_rewards {
            RewardScaling::RunningMeanStd => (self.rewards.mean, scale),
            RewardScaling::RunningStd | RewardScaling::None => (0.0, scale),
        }
    }

    /// Advantages and value targets of every decision, with advantages not yet normalised.
    fn lessons(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Vec<Lesson> {
        let rewards = trajectories.iter().flat_map(|t| &t.steps).map(|step| step.reward);
        let (shift, scale) = self.scaling(&rewards.collect());
        let mut lessons = Vec::with_capacity(trajectories.iter().map(|t| t.steps.len()).sum());
        for trajectory in trajectories {
            let rewards: Vec<f64> = trajectory.steps.iter().map(|step| (step.reward - shift) * scale).collect();
            let values: Vec<f64> = trajectory.steps.iter().map(|step| played.values[step.prompt as usize]).collect();
            let advantages = returns::gae(&rewards, &values, self.config.discount, self.config.gae_lambda);
            for ((step, advantage), value) in trajectory.steps.iter().zip(advantages).zip(values) {
                let (prompt, outcome) = (step.prompt as usize, step.outcome as usize);
                lessons.push(Lesson { prompt, outcome, advantage, target: advantage + value });
            }
        }
        lessons
    }
}

/// Shifts and scales advantages to mean 0 and standard deviation 1; all 0 when they do not differ.
fn normalize(lessons: &mut [Lesson]) {
    let moments: Moments = lessons.iter().map(|lesson| lesson.advantage).collect();
    let spread = moments.spread();
    for lesson in lessons {
        lesson.advantage = spread.map_or(0.0, |sd| (lesson.advantage - moments.mean) / sd);
    }
}

impl ListedLearner for Ppo {
    type Config = PpoConfig;

    const SUMMARY: &'static str = "Proximal policy optimisation.";

    const SOURCE: &'static str = "Schulman et al. 2017, Proximal policy optimization algorithms, arXiv \
        1707.06347; advantages of Schulman et al. 2016, arXiv 1506.02438";

    fn build(config: PpoConfig, _: usize) -> Self {
        Self::new(config)
    }

    fn about(config: &PpoConfig) -> About<'_> {
        let value_clip = config.value_clip_coef.map(|coef| Number::new("value_clip_coef", coef, Range::Positive));
        let own = [
            Number::new("gae_lambda", config.gae_lambda, Range::Share).called("λ"),
            Number::new("epochs", config.epochs.into(), Range::Epochs),
            Number::new("clip_coef", config.clip_coef, Range::Inside),
        ];
        let value = Number::not_negative("value_coef", config.value_coef);
        About {
            title: "PPO",
            discount: config.discount,
            epochs: config.epochs,
            entropy_coef: config.entropy_coef,
            kl: &config.kl,
            optimizer: &config.optimizer,
            numbers: own.into_iter().chain(value_clip).chain([value]).collect(),
        }
    }
}

impl Learner for Ppo {
    fn epochs(&self) -> u32 {
        self.config.epochs
    }

    fn optimizer(&self) -> &OptimizerConfig {
        &self.config.optimizer
    }

    fn needs_values(&self) -> bool {
        true
    }

    fn needs_reference(&self) -> bool {
        self.kl.is_active()
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        assert_eq!(played.values.len(), played.prompts(), "PPO needs one value per prompt");
        let mut lessons = self.lessons(trajectories, played);
        if self.config.normalize {
            normalize(&mut lessons);
        }
        let targets: Vec<(usize, f64)> = lessons.iter().map(|lesson| (lesson.prompt, lesson.target)).collect();
        let targets = ValueTargets::new(played, &targets, self.config.value_clip_coef);
        let mut cells = Cells::new(played);
        for lesson in &lessons {
            cells.add(lesson.prompt, lesson.outcome, lesson.advantage);
        }
        Plan::by_decision(played, cells, Some(targets))
    }

    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        assert_eq!(played.values.len(), played.prompts(), "PPO needs one value per prompt");
        let (shift, scale) = self.scaling(&ahead.rewards());
        let PpoConfig { discount, gae_lambda: lambda, .. } = self.config;
        let returns = ahead.returns(&ReturnRule { discount, lambda, values: &played.values, shift, scale });
        let mut advantages = Moments::default();
        for (cell, moments) in returns.iter().enumerate() {
            advantages.merge(&moments.less(played.values[cell / played.outcomes]));
        }
        let spread = advantages.spread();
        let cells = exact::cells(played, &returns, |prompt, value| {
            let advantage = value - played.values[prompt];
            match self.config.normalize {
                true => spread.map_or(0.0, |sd| (advantage - advantages.mean) / sd),
                false => advantage,
            }
        });
        let targets = exact::by_prompt(&returns, played.outcomes);
        let targets = ValueTargets::expected(played, &targets, self.config.value_clip_coef);
        Plan::by_decision(played, cells, Some(targets))
    }

    fn loss(&self, plan: &Plan, current: &PolicyTable, reference: Option<&PolicyTable>) -> Loss {
        let PpoConfig { clip_coef, value_coef, entropy_coef, .. } = self.config;
        let targets = plan.targets.as_ref().expect("a plan of PPO has value targets");
        let mut gradient = TableGradient::zeros(current, true);
        let policy = surrogate::clipped(plan, current, clip_coef, &mut gradient);
        let value_loss = targets.accumulate(
            &plan.decision_weights(),
            &plan.played.values,
            &current.values,
            value_coef,
            &mut gradient,
        );
        let stats = UpdateStats {
            policy_loss: policy.loss,
            value_loss: Some(value_loss),
            clip_fraction: policy.fraction,
            ..UpdateStats::of(plan, current)
        };
        let loss = Loss { loss: policy.loss + value_coef * value_loss, gradient, stats };
        loss.regularized(plan, current, reference, entropy_coef, &self.kl)
    }

    fn end(&mut self, plan: &Plan, stats: &UpdateStats) {
        if let Some(kl) = stats.kl {
            self.kl.update(kl, plan.decisions());
        }
    }

    fn keep(&self) -> Vec<f64> {
        let Moments { count, mean, squares } = self.rewards;
        vec![self.kl.coef(), count, mean, squares]
    }

    fn recall(&mut self, kept: &[f64]) -> Result<(), String> {
        let [coef, count, mean, squares] = state(kept)?;
        self.kl.resume(coef);
        self.rewards = Moments { count, mean, squares };
        Ok(())
    }
}
