//! Scores the table an LLM agent plays by: all its prompts and labels in one pass.

use super::DecisionTable;
use super::prompt::Wordings;
use crate::learning::{PolicyTable, outcomes};
use crate::llm::engine::TreeScores;
use crate::llm::error::ModelError;
use crate::world::Rules;
use std::sync::Arc;

/// The error of a model that gives the agent called `name` the number `value`, by which no agent can play.
pub(super) fn not_finite(name: &str, value: f32) -> ModelError {
    ModelError::NotFinite { whose: format!("agent `{name}`"), value }
}

/// The policy over outcomes that these scores amount to.
pub fn policy_table(prompts: &Wordings, scores: &TreeScores) -> PolicyTable {
    let values = scores.values.iter().map(|&v| f64::from(v)).collect();
    outcomes::table(&scores.label_log_probs, prompts.config.labels.len(), prompts.config.decision, values)
}

/// Makes `table` that of a model with these `scores`.
pub(super) fn fill(table: &mut DecisionTable, prompts: &Wordings, generation: u64, scores: TreeScores) {
    table.policy = policy_table(prompts, &scores);
    table.cumulative = cumulative(&table.policy);
    table.raw = scores.label_log_probs;
    table.generation = Some(generation);
}

/// The table of a model that gives labels these log-probabilities, row-major (prompts, labels), and does not learn: it
/// stays as it is, and is its own reference.
pub(in crate::policies) fn fixed_table(prompts: &Wordings, label_log_probs: Vec<f32>) -> DecisionTable {
    let scores = TreeScores { label_log_probs, values: Vec::new(), hidden: Vec::new() };
    let policy = policy_table(prompts, &scores);
    DecisionTable {
        generation: Some(0),
        cumulative: cumulative(&policy),
        reference: Arc::new(policy.clone()),
        raw: scores.label_log_probs,
        policy,
    }
}

/// Running sums of the outcomes' probabilities, (prompts, outcomes).
fn cumulative(policy: &PolicyTable) -> Vec<f64> {
    let mut sums: Vec<f64> = policy.log_probs.iter().map(|l| l.exp()).collect();
    for row in sums.chunks_exact_mut(policy.outcomes) {
        let mut sum = 0.0;
        for p in row {
            sum += *p;
            *p = sum;
        }
    }
    sums
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::catalog;
    use crate::policies::llm::prompt::{DecisionMode, PromptConfig};
    use crate::rng::pick;
    use crate::world::Horizon;

    /// What is drawn from running sums is what is drawn from the chances themselves, also where a label has none and
    /// rounding leaves the sum below 1.
    #[test]
    fn running_sums_draw_as_the_chances_do() {
        let rules = Rules::new(Arc::new(catalog::game("prisoners_dilemma").unwrap()), Horizon::Fixed(1));
        for decision in [DecisionMode::Constrained, DecisionMode::Free] {
            let prompts = Wordings::new(&PromptConfig { decision, ..PromptConfig::default() }, &rules).unwrap();
            let raw = (0..2 * prompts.len()).map(|i| match i {
                1 => -9999.0,
                i => -0.1 - 0.37 * i as f32,
            });
            let table = fixed_table(&prompts, raw.collect());
            for prompt in 0..prompts.len() {
                let outcomes = 0..table.policy.outcomes;
                let chances: Vec<f64> = outcomes.map(|outcome| table.policy.log_prob(prompt, outcome).exp()).collect();
                for u in (0..1000).map(|u| f64::from(u) / 1000.0).chain([1.0 - f64::EPSILON / 2.0, 1.0]) {
                    assert_eq!(table.pick(prompt, u), pick(&chances, u), "{decision:?} {prompt} {u}");
                }
            }
        }
    }
}
