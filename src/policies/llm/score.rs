//! Scores the table an LLM agent plays by: all its prompts and labels in one pass.

use super::{BaseLlm, DecisionTable, LlmLearner, LlmPolicy, PromptSet};
use crate::learning::{PolicyTable, outcomes};
use crate::llm::engine::budget::plan::MemoryPlan;
use crate::llm::engine::cpu::CpuEngine;
use crate::llm::engine::cpu::Workspace;
use crate::llm::engine::{Agent, Keep, TreeScores};
use crate::world::Rules;

/// Scores one agent that learns, keeping what its update will need if the plan says so.
pub(super) fn score_learner(
    base: &BaseLlm,
    threads: usize,
    policy: &LlmPolicy,
    learner: &mut LlmLearner,
    table: &mut DecisionTable,
) {
    let MemoryPlan::Together(keep) = base.plan else { return score_frozen(base, threads, policy, table) };
    let scores = base.engine.forward(&policy.prompts.tree, &policy.for_engine(), keep, threads, &mut learner.workspace);
    fill(table, &policy.prompts, policy.generation, scores);
}

/// Scores one agent and keeps nothing.
pub(super) fn score_frozen(base: &BaseLlm, threads: usize, policy: &LlmPolicy, table: &mut DecisionTable) {
    let scores = base.spare.lend(|workspace| {
        base.engine.forward(&policy.prompts.tree, &policy.for_engine(), Keep::Nothing, threads, workspace)
    });
    fill(table, &policy.prompts, policy.generation, scores);
}

/// The policy of the base model itself.
pub fn score_reference(engine: &CpuEngine, threads: usize, prompts: &PromptSet) -> PolicyTable {
    let scores = engine.forward(&prompts.tree, &Agent::default(), Keep::Nothing, threads, &mut Workspace::new());
    policy_table(prompts, &scores)
}

/// The policy over outcomes that scores amount to.
pub(super) fn policy_table(prompts: &PromptSet, scores: &TreeScores) -> PolicyTable {
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
pub(super) fn read_out(rules: &Rules, prompts: &PromptSet, policy: &PolicyTable) -> Vec<f64> {
    let mut sums = vec![0.0; rules.observations.len()];
    for prompt in 0..prompts.len() {
        let cooperative = (0..prompts.config.labels.len()).filter(|&a| rules.game.cooperative(a as u8));
        let p: f64 = cooperative.map(|a| policy.log_prob(prompt, a).exp()).sum();
        sums[rules.observations.index(prompts.observation(prompt))] += p;
    }
    let variants = (prompts.len() / rules.observations.len()) as f64;
    sums.iter().map(|sum| sum / variants).collect()
}
