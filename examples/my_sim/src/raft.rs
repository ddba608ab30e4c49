//! A learner for language models: RAFT (Dong et al. 2023), which imitates the better half of what it did.

use agora::prelude::*;

/// Makes more likely whatever brought more than its prompt's average.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Raft {
    /// Discount of later rewards of the match.
    discount: f64,
    /// Step size and the other settings of the optimizer.
    optimizer: OptimizerConfig,
    /// Updates so far.
    #[serde(skip)]
    updates: f64,
}

impl Default for Raft {
    fn default() -> Self {
        Self { discount: 0.0, optimizer: OptimizerConfig::default(), updates: 0.0 }
    }
}

impl Learner for Raft {
    fn optimizer(&self) -> &OptimizerConfig {
        &self.optimizer
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        let samples = returns::samples(trajectories, self.discount);
        let prompts = returns::by_prompt(&samples, played.prompts());
        let is_better = |prompt: usize, value: f64| f64::from(u8::from(value > prompts[prompt].mean));
        Plan::by_decision(played, returns::cells(played, &samples, is_better), None)
    }

    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        let returns = ahead.returns(&ReturnRule::discounted(self.discount));
        let prompts = exact::by_prompt(&returns, played.outcomes);
        let is_better = |prompt: usize, value: f64| f64::from(u8::from(value > prompts[prompt].mean));
        Plan::by_decision(played, exact::cells(played, &returns, is_better), None)
    }

    fn loss(&self, plan: &Plan, current: &PolicyTable, _: Option<&PolicyTable>) -> Loss {
        let mut gradient = TableGradient::zeros(current, false);
        let loss = surrogate::log_likelihood(plan, current, &mut gradient);
        Loss { loss, gradient, stats: UpdateStats { policy_loss: loss, ..UpdateStats::of(plan, current) } }
    }

    fn end(&mut self, _: &Plan, _: &UpdateStats) {
        self.updates += 1.0;
    }

    fn keep(&self) -> Vec<f64> {
        vec![self.updates]
    }

    fn recall(&mut self, kept: &[f64]) -> Result<(), String> {
        let [updates] = kept else { return Err(format!("{} numbers, expected 1", kept.len())) };
        self.updates = *updates;
        Ok(())
    }
}

/// Offers the learner.
pub fn plugin(app: &mut App) {
    app.add_learner("raft", "Imitates what brought more than average (Dong et al. 2023).", |own: Raft, _| {
        match (0.0..=1.0).contains(&own.discount) {
            true => Ok(own),
            false => Err(format!("`discount` is {}, expected 0 to 1", own.discount)),
        }
    });
}
