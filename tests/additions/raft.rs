//! RAFT (Dong et al. 2023): imitates the better half of what was done.

use super::exact::{self, Expectation, ReturnRule};
use super::learner::state;
use super::{About, Learner, ListedLearner, Loss, Plan, PolicyTable, TableGradient, Trajectory, UpdateStats};
use super::{kl::KlConfig, optimizer::OptimizerConfig};
use super::{returns, surrogate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of RAFT.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RaftConfig {
    /// Discount on later rewards in the match.
    pub discount: f64,
    /// Step size and the other settings of the optimizer.
    pub optimizer: OptimizerConfig,
}

/// RAFT, which has no state.
#[derive(Clone, Debug, PartialEq)]
pub struct Raft(RaftConfig);

impl ListedLearner for Raft {
    type Config = RaftConfig;

    const SUMMARY: &'static str = "Reward-ranked fine-tuning.";

    const SOURCE: &'static str = "Dong et al. 2023, RAFT: Reward rAnked FineTuning for generative foundation model \
        alignment, Transactions on Machine Learning Research";

    fn build(config: RaftConfig, _: usize) -> Self {
        Self(config)
    }

    fn about(config: &RaftConfig) -> About<'_> {
        About {
            title: "RAFT",
            discount: config.discount,
            epochs: 1,
            entropy_coef: 0.0,
            kl: &KlConfig::None,
            optimizer: &config.optimizer,
            numbers: Vec::new(),
        }
    }
}

impl Learner for Raft {
    fn optimizer(&self) -> &OptimizerConfig {
        &self.0.optimizer
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        let samples = returns::samples(trajectories, self.0.discount);
        let prompts = returns::by_prompt(&samples, played.prompts());
        let is_better = |prompt: usize, value: f64| f64::from(u8::from(value > prompts[prompt].mean));
        Plan::by_decision(played, returns::cells(played, &samples, is_better), None)
    }

    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        let returns = ahead.returns(&ReturnRule::discounted(self.0.discount));
        let prompts = exact::by_prompt(&returns, played.outcomes);
        let is_better = |prompt: usize, value: f64| f64::from(u8::from(value > prompts[prompt].mean));
        Plan::by_decision(played, exact::cells(played, &returns, is_better), None)
    }

    fn loss(&self, plan: &Plan, current: &PolicyTable, _: Option<&PolicyTable>) -> Loss {
        let mut gradient = TableGradient::zeros(current, false);
        let loss = surrogate::log_likelihood(plan, current, &mut gradient);
        Loss { loss, gradient, stats: UpdateStats { policy_loss: loss, ..UpdateStats::of(plan, current) } }
    }

    fn end(&mut self, _: &Plan, _: &UpdateStats) {}

    fn keep(&self) -> Vec<f64> {
        Vec::new()
    }

    fn recall(&mut self, kept: &[f64]) -> Result<(), String> {
        state::<0>(kept).map(|_| ())
    }
}
