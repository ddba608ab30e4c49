//! Scores the table an LLM agent plays by: all its prompts and labels in one pass.

use super::prompt::Wordings;
use super::{DecisionTable, PromptSet};
use crate::learning::{PolicyTable, outcomes};
use crate::llm::engine::TreeScores;
use crate::llm::error::ModelError;
use crate::world::Rules;

/// The error of a model that gives the agent called `name` the number `value`, by which no agent can play.
pub(super) fn not_finite(name: &str, value: f32) -> ModelError {
    ModelError::NotFinite { whose: format!("agent `{name}`"), value }
}

/// The policy over outcomes that these scores amount to.
pub fn policy_table(prompts: &PromptSet, scores: &TreeScores) -> PolicyTable {
    let values = scores.values.iter().map(|&v| f64::from(v)).collect();
    outcomes::table(&scores.label_log_probs, prompts.config.labels.len(), prompts.config.decision, values)
}

pub(super) fn fill(table: &mut DecisionTable, prompts: &PromptSet, generation: u64, scores: TreeScores) {
    table.policy = policy_table(prompts, &scores);
    table.raw = scores.label_log_probs;
    table.generation = Some(generation);
    table.cumulative = table.policy.log_probs.iter().map(|l| l.exp()).collect();
    for row in table.cumulative.chunks_exact_mut(table.policy.outcomes) {
        let mut sum = 0.0;
        for p in row {
            sum += *p;
            *p = sum;
        }
    }
}

/// Probability of cooperating after each observation, averaged over seats and orders.
pub(in crate::policies) fn read_out(rules: &Rules, prompts: &Wordings, policy: &PolicyTable) -> Vec<f64> {
    let mut sums = vec![0.0; prompts.observations()];
    for prompt in 0..prompts.len() {
        let cooperative = (0..prompts.config.labels.len()).filter(|&a| rules.game.cooperative(a as u8));
        let p: f64 = cooperative.map(|a| policy.log_prob(prompt, a).exp()).sum();
        sums[prompts.observation_index(prompt)] += p;
    }
    let variants = (prompts.len() / prompts.observations()) as f64;
    // What is not told of makes no difference.
    (0..rules.observations.len()).map(|observation| sums[observation % sums.len()] / variants).collect()
}
