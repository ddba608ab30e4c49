//! One agent's update: trajectories or expectations → cells → gradient of the table → gradient of the adapter → optimizer step.

use super::score::policy_table;
use super::{BaseLlm, DecisionTable, Experience, LlmLearner, LlmPolicy};
use crate::learning::Expectation;
use crate::learning::cells::mean_kl;
use crate::learning::optimizer::{clip_scale, global_norm};
use crate::learning::{Learner, Plan, PolicyTable, UpdateStats, outcomes};
use crate::llm::engine::budget::plan::MemoryPlan;
use crate::llm::engine::cpu::Workspace;
use crate::world::LearningStats;

/// Why an agent's learning had to stop.
#[derive(Debug, thiserror::Error)]
pub(super) enum LearningError {
    #[error("the loss is {loss}; lower the learning rate, or clip gradients with `max_grad_norm`")]
    NonFiniteLoss { loss: f64 },
    #[error("the gradient's norm is {norm}; lower the learning rate, or clip gradients with `max_grad_norm`")]
    NonFiniteGradient { norm: f64 },
    #[error(
        "the update of generation {generation} made its log-probabilities {value}; it was taken back; lower the learning rate"
    )]
    BrokenUpdate { generation: u64, value: f32 },
    #[error(
        "`estimator: Exact` needs opponents that act by what they see of the last round alone, and `{opponent}` does not (or \
         its policy does not say so); use `estimator: Sampled`"
    )]
    UnknownOpponent { opponent: String },
}

/// What an update is made of.
pub(super) enum Evidence<'a> {
    /// What happened.
    Lived(&'a Experience),
    /// What is to be expected.
    Expected(Expectation),
}

impl Evidence<'_> {
    /// Starts an update on it.
    pub(super) fn begin(&self, learner: &mut impl Learner, played: &PolicyTable) -> Plan {
        match self {
            Self::Lived(experience) => learner.begin(&experience.trajectories, played),
            Self::Expected(ahead) => learner.begin_exact(ahead, played),
        }
    }
}

/// Runs all epochs of one update on this tick's evidence; returns the gradient's norm in the first epoch.
///
/// The first epoch goes back through the very pass that played, or through its repetition where learners take turns; later
/// ones score the changed adapter again. After an error the policy is the one that played.
pub(super) fn update(
    base: &BaseLlm,
    threads: usize,
    policy: &mut LlmPolicy,
    learner: &mut LlmLearner,
    table: &DecisionTable,
    evidence: &Evidence,
) -> Result<f64, LearningError> {
    learner.keep(policy);
    let result = if let MemoryPlan::InTurns { .. } = base.plan {
        base.spare.lend(|space| epochs(base, threads, policy, learner, table, evidence, space, false))
    } else {
        let mut own = std::mem::take(&mut learner.workspace);
        let result = epochs(base, threads, policy, learner, table, evidence, &mut own, true);
        learner.workspace = own;
        result
    };
    if result.is_err() {
        learner.restore(policy);
    }
    result
}

/// [`update`] with a workspace, which may hold the pass that played.
fn epochs(
    base: &BaseLlm,
    threads: usize,
    policy: &mut LlmPolicy,
    learner: &mut LlmLearner,
    table: &DecisionTable,
    evidence: &Evidence,
    workspace: &mut Workspace,
    holds_play: bool,
) -> Result<f64, LearningError> {
    let prompts = policy.prompts.clone();
    let (labels, mode) = (prompts.config.labels.len(), prompts.config.decision);
    let plan = evidence.begin(&mut learner.learner, &table.policy);
    let mut first: Option<(UpdateStats, f64)> = None;
    let mut current = (table.raw.clone(), table.policy.clone());
    for epoch in 0..learner.learner.epochs() {
        if epoch > 0 || !holds_play {
            let agent = policy.for_engine();
            let scores = base.engine.forward(&prompts.tree, &agent, base.plan.keep(), threads, workspace);
            let policy_now = policy_table(&prompts, &scores);
            current = (scores.label_log_probs, policy_now);
        }
        let (raw, now) = &current;
        let loss = learner.learner.loss(&plan, now, Some(&prompts.reference));
        if !loss.loss.is_finite() {
            return Err(LearningError::NonFiniteLoss { loss: loss.loss });
        }
        let d_raw = outcomes::backward(raw, labels, mode, &loss.gradient);
        let d_values: Vec<f32> = loss.gradient.values.iter().map(|&g| g as f32).collect();
        learner.gradient.clear();
        let agent = policy.for_engine();
        base.engine.backward(&prompts.tree, &agent, &d_raw, &d_values, threads, workspace, &mut learner.gradient);
        let norm = step(policy, learner)?;
        first.get_or_insert((loss.stats, norm));
    }
    policy.generation += 1;
    let (stats, norm) = first.expect("learners have at least one epoch");
    learner.learner.end(&plan, &stats);
    Ok(norm)
}

/// Takes an optimizer step along the gathered gradient; returns its norm before clipping.
pub(super) fn step(policy: &mut LlmPolicy, learner: &mut LlmLearner) -> Result<f64, LearningError> {
    let config = learner.learner.optimizer().clone();
    let gradient = &learner.gradient;
    let mut value_gradient = gradient.value_weight.clone();
    value_gradient.push(gradient.value_bias);
    let norm = global_norm(&[&gradient.adapter, &value_gradient]);
    let scale = clip_scale(norm, config.max_grad_norm)
        .map_err(|error| LearningError::NonFiniteGradient { norm: error.norm })?;
    learner.optimizer.step_scaled(&config, &mut policy.adapter.params, &gradient.adapter, scale);
    if let Some(head) = &mut policy.value_head {
        let mut parameters = head.weight.clone();
        parameters.push(head.bias);
        learner.value_optimizer.step_scaled(&config, &mut parameters, &value_gradient, scale);
        head.bias = parameters.pop().unwrap_or_default();
        head.weight = parameters;
    }
    Ok(norm)
}

/// Takes the last update back, with the step of a partner's pick if one followed it. None, and nothing is changed, if there
/// was no update that could have broken the policy.
pub(super) fn take_back(policy: &mut LlmPolicy, learner: &LlmLearner, value: f32) -> Option<LearningError> {
    let generation = policy.generation;
    learner.restore(policy).then_some(LearningError::BrokenUpdate { generation, value })
}

/// Entropy of the policy and its divergence from the base model's, over the prompts met.
pub(super) fn measure(
    table: &PolicyTable,
    reference: &PolicyTable,
    experience: &Experience,
    generation: u64,
) -> LearningStats {
    let mut weights = vec![0.0; table.prompts()];
    let steps = experience.trajectories.iter().flat_map(|t| &t.steps);
    let mut decisions = 0.0;
    for step in steps {
        weights[step.prompt as usize] += 1.0;
        decisions += 1.0;
    }
    if decisions > 0.0 {
        weights.iter_mut().for_each(|w| *w /= decisions);
    }
    let mut entropy = 0.0;
    for (row, weight) in table.log_probs.chunks_exact(table.outcomes).zip(&weights) {
        entropy -= weight * row.iter().map(|&l| l.exp() * l).sum::<f64>();
    }
    LearningStats { generation, entropy, kl: mean_kl(&weights, table, reference), grad_norm: None }
}
