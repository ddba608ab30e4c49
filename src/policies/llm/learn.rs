//! One agent's update: trajectories or expectations → cells → gradient of the table → gradient of the adapter →
//! optimizer step.

use super::score::policy_table;
use super::{DecisionTable, Experience, LlmLearner, LlmPolicy};
use crate::learning::Expectation;
use crate::learning::cells::mean_kl;
use crate::learning::optimizer::{clip_scale, global_norm};
use crate::learning::{Learner, Loss, Plan, PolicyTable, UpdateStats, outcomes};
use crate::llm::engine::{Gradient, Job, Memo, Next, Slopes, TreeScores, Update};
use crate::world::{LearningHalted, LearningStats};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
    pub(super) fn begin(&self, learner: &mut dyn Learner, played: &PolicyTable) -> Plan {
        match self {
            Self::Lived(experience) => learner.begin(&experience.trajectories, played),
            Self::Expected(ahead) => learner.begin_exact(ahead, played),
        }
    }
}

/// An agent that learns, on its way through the epochs of an update, whatever it learns from.
pub(super) struct Course<'a> {
    policy: &'a mut LlmPolicy,
    learner: &'a mut LlmLearner,
    epoch: u32,
    /// Statistics of the first epoch's loss, and the norm of its gradient.
    first: Option<UpdateStats>,
    norm: Option<f64>,
    error: Option<LearningError>,
}

impl<'a> Course<'a> {
    /// A course before its first epoch. Keeps what plays now, to return to.
    pub(super) fn new(policy: &'a mut LlmPolicy, learner: &'a mut LlmLearner) -> Self {
        learner.keep(policy);
        Self { policy, learner, epoch: 0, first: None, norm: None, error: None }
    }

    pub(super) fn policy(&self) -> &LlmPolicy {
        self.policy
    }

    pub(super) fn learner(&mut self) -> &mut dyn Learner {
        &mut *self.learner.learner
    }

    /// Whether the parameters are still those that played.
    pub(super) fn is_first_epoch(&self) -> bool {
        self.epoch == 0
    }

    /// The loss of the policy `now`, with its divergence from `reference` if there is one; `None`, which ends the
    /// update, if it is not a number.
    pub(super) fn loss(&mut self, plan: &Plan, now: &PolicyTable, reference: Option<&PolicyTable>) -> Option<Loss> {
        let loss = self.learner.learner.loss(plan, now, reference);
        if !loss.loss.is_finite() {
            self.error = Some(LearningError::NonFiniteLoss { loss: loss.loss });
            return None;
        }
        self.first.get_or_insert_with(|| loss.stats.clone());
        Some(loss)
    }

    /// Takes an optimizer step along `gradient`.
    pub(super) fn step(&mut self, gradient: &Gradient) -> Next {
        match step(self.policy, self.learner, gradient) {
            Ok(norm) => self.norm = self.norm.or(Some(norm)),
            Err(error) => {
                self.error = Some(error);
                return Next::Done;
            }
        }
        self.epoch += 1;
        if self.epoch < self.learner.learner.epochs() { Next::Epoch } else { Next::Done }
    }

    /// Ends the update on `plan`; returns the gradient's norm in the first epoch. After an error, the policy is the one
    /// that played.
    pub(super) fn end(self, plan: &Plan) -> Result<f64, LearningError> {
        match (self.error, &self.first, self.norm) {
            (None, Some(stats), Some(norm)) => {
                self.policy.generation += 1;
                self.learner.learner.end(plan, stats);
                Ok(norm)
            }
            (error, ..) => {
                self.learner.restore(self.policy);
                Err(error.expect("an update that was run has stepped or failed"))
            }
        }
    }
}

/// An update on a decision table.
pub(super) struct LabelUpdate<'a> {
    course: Course<'a>,
    plan: Plan,
    /// ln π(label | prompt) of the current parameters, and the same as a policy over outcomes.
    raw: Vec<f32>,
    now: PolicyTable,
    /// The frozen base model's policy.
    reference: Arc<PolicyTable>,
}

impl<'a> LabelUpdate<'a> {
    /// An update on `evidence`, with the `table` that played.
    pub(super) fn new(
        policy: &'a mut LlmPolicy,
        learner: &'a mut LlmLearner,
        table: &DecisionTable,
        evidence: &Evidence,
    ) -> Self {
        let plan = evidence.begin(&mut *learner.learner, &table.policy);
        let (raw, now, reference) = (table.raw.clone(), table.policy.clone(), table.reference.clone());
        Self { course: Course::new(policy, learner), plan, raw, now, reference }
    }

    /// Like [`Course::end`].
    pub(super) fn end(self) -> Result<f64, LearningError> {
        self.course.end(&self.plan)
    }
}

impl Update for LabelUpdate<'_> {
    fn job(&self) -> Job<'_> {
        let policy = self.course.policy();
        Job { tree: &policy.prompts.tree, agent: policy.for_engine() }
    }

    fn memo(&mut self) -> Option<&mut Memo> {
        Some(&mut self.course.learner.memo)
    }

    fn slopes(&mut self, scores: Option<TreeScores>) -> Option<Slopes> {
        let prompts = self.course.policy.prompts.clone();
        // The first epoch's loss is that of the table that played, even if its pass had to be run again.
        if let Some(scores) = scores.filter(|_| !self.course.is_first_epoch()) {
            self.now = policy_table(&prompts, &scores);
            self.raw = scores.label_log_probs;
        }
        let loss = self.course.loss(&self.plan, &self.now, Some(&self.reference))?;
        let (labels, mode) = (prompts.config.labels.len(), prompts.config.decision);
        let log_probs = outcomes::backward(&self.raw, labels, mode, &loss.gradient);
        Some(Slopes { log_probs, values: loss.gradient.values.iter().map(|&slope| slope as f32).collect() })
    }

    fn step(&mut self, gradient: &Gradient) -> Next {
        self.course.step(gradient)
    }
}

/// Takes an optimizer step along `gradient`; returns its norm before clipping.
fn step(policy: &mut LlmPolicy, learner: &mut LlmLearner, gradient: &Gradient) -> Result<f64, LearningError> {
    let config = learner.learner.optimizer().clone();
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

/// Takes back the last update, with the step of a partner's pick if one followed it. Returns `None` and changes nothing
/// if there was no update that could have broken the policy.
pub(super) fn take_back(policy: &mut LlmPolicy, learner: &LlmLearner, value: f32) -> Option<LearningError> {
    let generation = policy.generation;
    learner.restore(policy).then_some(LearningError::BrokenUpdate { generation, value })
}

/// News of a policy from its agent's home, for the ranks on which its parameters are not.
#[derive(Serialize, Deserialize)]
pub(super) struct News {
    generation: u64,
    /// Why it learns no more, if its learning has just stopped.
    halted: Option<String>,
}

impl News {
    /// News of `policy`, whose learning has just stopped if it is `halted`.
    pub(super) fn of(policy: &LlmPolicy, halted: Option<String>) -> Self {
        Self { generation: policy.generation, halted }
    }

    /// Tells this rank's `policy` of `agent`.
    pub(super) fn take_up(self, commands: &mut Commands, agent: Entity, policy: &mut LlmPolicy, tick: u32) {
        policy.generation = self.generation;
        if let Some(reason) = self.halted {
            commands.entity(agent).remove::<LlmLearner>().insert(LearningHalted { tick, reason });
        }
    }
}

/// What an update came to, as the agent's home says.
#[derive(Serialize, Deserialize)]
pub(super) struct Learned {
    news: News,
    /// The gradient's norm in the first epoch; `None` if there was no step.
    norm: Option<f64>,
}

impl Learned {
    /// What came of an update that made an agent's policy `policy`.
    pub(super) fn new(policy: &LlmPolicy, norm: Result<f64, LearningError>) -> Self {
        let (norm, halted) = match norm {
            Ok(norm) => (Some(norm), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { news: News::of(policy, halted), norm }
    }
}

/// Takes up what was `learned`, wherever that was: counts the update, or stops the learning of an agent. Returns the
/// gradient's norm, if there was an update.
pub(super) fn take_up(
    commands: &mut Commands,
    (agent, policy): (Entity, &mut LlmPolicy),
    tick: u32,
    learned: Option<Learned>,
) -> Option<f64> {
    let Learned { news, norm } = learned?;
    news.take_up(commands, agent, policy, tick);
    norm
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
