//! Scoring and learning where a device runs the model: what the CPU does agent by agent, here for all agents at once.
//!
//! Updates go in lockstep: every learner's epoch is one batch. What each learner computes is what it would compute alone.

use super::evidence::Foresight;
use super::exact::behaviour;
use super::learn::{Evidence, LearningError, measure, step, take_back};
use super::score::{fill, policy_table, read_out};
use super::{DecisionTable, Experience, LlmFailure, LlmLearner, LlmPolicy, PromptSet};
use crate::learning::{Learner, Plan, PolicyTable, UpdateStats, outcomes};
use crate::llm::engine::device::{DeviceEngine, DeviceError, Kept};
use crate::llm::engine::{Agent, Gradient, Keep};
use crate::llm::engine::{Job, Slopes};
use crate::world::{
    AgentId, AgentName, Behaviour, Clock, IllegalReward, LearningHalted, LearningStats, Progress, ReadOut, RewardTable,
    Rules,
};
use bevy_ecs::prelude::*;

/// The device that runs the base model. While this resource is there, all tables are scored and learned on it.
#[derive(Resource, Debug)]
pub struct DeviceLlm {
    engine: DeviceEngine,
    /// What this tick's scoring pass over these learners left for their update.
    kept: Option<(Vec<Entity>, Kept)>,
    /// The error that stops the run: once it is set, the rest of the tick does not happen.
    pub failure: Option<DeviceError>,
}

impl DeviceLlm {
    /// A device that has not failed yet.
    pub fn new(engine: DeviceEngine) -> Self {
        Self { engine, kept: None, failure: None }
    }
}

/// Run condition: the device, if there is one, has not failed.
pub(super) fn device_works(device: Option<Res<DeviceLlm>>) -> bool {
    device.is_none_or(|device| device.failure.is_none())
}

/// The policy of the base model itself.
pub fn score_reference_on_device(engine: &DeviceEngine, prompts: &PromptSet) -> Result<PolicyTable, DeviceError> {
    let (scores, _) = engine.forward(&[Job { tree: &prompts.tree, agent: Agent::default() }], Keep::Nothing)?;
    Ok(policy_table(prompts, &scores[0]))
}

/// An agent whose adapter has changed since its table was scored.
struct Stale<'a> {
    entity: Entity,
    name: &'a AgentName,
    policy: Mut<'a, LlmPolicy>,
    table: Mut<'a, DecisionTable>,
    read_out: Mut<'a, ReadOut>,
    behaviour: Mut<'a, Behaviour>,
    learner: Option<Mut<'a, LlmLearner>>,
}

/// Scores the table of every agent whose adapter has changed, and makes room for the tick's experience.
pub(super) fn score_tables_on_device(
    mut commands: Commands,
    clock: Res<Clock>,
    rules: Res<Rules>,
    progress: Res<Progress>,
    mut device: ResMut<DeviceLlm>,
    mut failure: ResMut<LlmFailure>,
    mut agents: Query<(
        (Entity, &AgentName),
        &mut LlmPolicy,
        &mut DecisionTable,
        (&mut ReadOut, &mut Behaviour),
        &mut Experience,
        Option<&mut LlmLearner>,
    )>,
) {
    let (mut learning, mut frozen): (Vec<Stale>, Vec<Stale>) = (Vec::new(), Vec::new());
    for ((entity, name), policy, table, (read_out, behaviour), mut experience, learner) in &mut agents {
        *experience = Experience::default();
        if table.generation != Some(policy.generation) {
            let group = if learner.is_some() { &mut learning } else { &mut frozen };
            group.push(Stale { entity, name, policy, table, read_out, behaviour, learner });
        }
    }
    let device = &mut *device;
    match score_all(&device.engine, &mut learning, &mut frozen) {
        Ok((kept, halted)) => {
            device.kept = Some((learning.iter().map(|stale| stale.entity).collect(), kept));
            for (entity, error) in halted {
                let halted = LearningHalted { tick: clock.tick, reason: error.to_string() };
                commands.entity(entity).remove::<LlmLearner>().insert(halted);
            }
        }
        Err(error) => {
            device.failure = Some(error);
            return;
        }
    }
    for stale in learning.iter_mut().chain(&mut frozen) {
        if let Some(value) = stale.table.broken() {
            failure.note(&stale.name.0, value);
        }
        stale.read_out.0 = read_out(&rules, &stale.policy.prompts, &stale.table.policy);
        *stale.behaviour = behaviour(&rules, &stale.policy.prompts, &stale.table.policy);
        progress.0.inc(1);
    }
}

/// Scores everybody; an update that broke its adapter is taken back and its agent, with the reason, returned.
fn score_all(
    engine: &DeviceEngine,
    learning: &mut [Stale],
    frozen: &mut [Stale],
) -> Result<(Kept, Vec<(Entity, LearningError)>), DeviceError> {
    score(engine, &mut frozen.iter_mut().collect::<Vec<_>>(), Keep::Nothing)?;
    let mut all: Vec<&mut Stale> = learning.iter_mut().collect();
    let kept = score(engine, &mut all, Keep::Everything)?;
    let (mut halted, mut broken) = (Vec::new(), Vec::new());
    for stale in all {
        let Some(value) = stale.table.broken() else { continue };
        let learner = stale.learner.as_deref().expect("only learners are among those that learn");
        let Some(error) = take_back(&mut stale.policy, learner, value) else { continue };
        halted.push((stale.entity, error));
        broken.push(stale);
    }
    score(engine, &mut broken, Keep::Nothing)?;
    Ok((kept, halted))
}

/// Scores these agents' tables in as few batches as fit.
fn score(engine: &DeviceEngine, stale: &mut [&mut Stale], keep: Keep) -> Result<Kept, DeviceError> {
    let jobs: Vec<Job> = stale.iter().map(|stale| job(&stale.policy)).collect();
    let (scores, kept) = engine.forward(&jobs, keep)?;
    for (stale, scores) in stale.iter_mut().zip(scores) {
        fill(&mut stale.table, &stale.policy.prompts, stale.policy.generation, scores);
    }
    Ok(kept)
}

fn job(policy: &LlmPolicy) -> Job<'_> {
    Job { tree: &policy.prompts.tree, agent: policy.for_engine() }
}

/// One learner on its way through the epochs of an update.
struct Update<'a> {
    entity: Entity,
    policy: Mut<'a, LlmPolicy>,
    learner: Mut<'a, LlmLearner>,
    plan: Plan,
    /// ln π(label | prompt) of the current parameters, and the same as a policy over outcomes.
    raw: Vec<f32>,
    now: PolicyTable,
    /// Statistics of the first epoch's loss.
    first: Option<UpdateStats>,
    error: Option<LearningError>,
    stats: LearningStats,
}

/// Updates every learner that has lived through something, and records what was measured.
pub(super) fn learn_on_device(
    mut commands: Commands,
    clock: Res<Clock>,
    foresight: Foresight,
    progress: Res<Progress>,
    mut device: ResMut<DeviceLlm>,
    mut agents: Query<(
        (Entity, &AgentId, Option<&IllegalReward>, Option<&RewardTable>),
        &mut LlmPolicy,
        &DecisionTable,
        &Experience,
        Option<&mut LlmLearner>,
    )>,
) {
    let foretold = foresight.look();
    let mut updates = Vec::new();
    let halt = |commands: &mut Commands, entity: Entity, error: &LearningError| {
        let halted = LearningHalted { tick: clock.tick, reason: error.to_string() };
        commands.entity(entity).remove::<LlmLearner>().insert(halted);
    };
    for ((entity, agent, illegal, terms), policy, table, experience, learner) in &mut agents {
        let stats = measure(&table.policy, &policy.prompts.reference, experience, policy.generation);
        let lived = experience.trajectories.iter().any(|t| !t.steps.is_empty());
        let Some(learner) = learner.filter(|_| lived) else {
            commands.entity(entity).insert(stats);
            continue;
        };
        match foretold.evidence(learner.estimator, *agent, &policy, table, experience, (terms, illegal)) {
            Ok(evidence) => updates.push(Update::begin(entity, policy, learner, table, &evidence, stats)),
            Err(error) => {
                commands.entity(entity).insert(stats);
                halt(&mut commands, entity, &error);
            }
        }
    }
    let device = &mut *device;
    let kept = device.kept.take();
    // An agent that did not live, or whose learning was stopped, is among those scored and not among those that learn.
    let kept = kept.filter(|(scored, _)| updates.iter().map(|update| update.entity).eq(scored.iter().copied()));
    if let Err(error) = run_epochs(&device.engine, &mut updates, kept.map(|(_, kept)| kept)) {
        device.failure = Some(error);
        return;
    }
    for update in updates {
        progress.0.inc(1);
        let (entity, stats, error) = update.end();
        commands.entity(entity).insert(stats);
        if let Some(error) = error {
            halt(&mut commands, entity, &error);
        }
    }
}

/// Runs all epochs of all updates. The first goes back through the pass that played, if that was `kept`; later ones score the
/// changed adapters again.
fn run_epochs(engine: &DeviceEngine, updates: &mut [Update], mut kept: Option<Kept>) -> Result<(), DeviceError> {
    let epochs = updates.iter().map(|update| update.learner.learner.epochs()).max().unwrap_or(0);
    for epoch in 0..epochs {
        let goes_on = |update: &&mut Update| update.error.is_none() && epoch < update.learner.learner.epochs();
        let mut active: Vec<&mut Update> = updates.iter_mut().filter(goes_on).collect();
        let kept = match kept.take() {
            Some(kept) => kept,
            None => {
                let jobs: Vec<Job> = active.iter().map(|update| job(&update.policy)).collect();
                let (scores, kept) = engine.forward(&jobs, Keep::Everything)?;
                // The first epoch's loss is that of the table that played, even where its pass had to be run again.
                for (update, scores) in active.iter_mut().zip(scores).filter(|_| epoch > 0) {
                    update.now = policy_table(&update.policy.prompts, &scores);
                    update.raw = scores.label_log_probs;
                }
                kept
            }
        };
        let slopes: Vec<Slopes> = active.iter_mut().map(|update| update.slopes()).collect();
        let jobs: Vec<Job> = active.iter().map(|update| job(&update.policy)).collect();
        let gradients = engine.backward(&jobs, kept, &slopes)?;
        for (update, gradient) in active.into_iter().zip(gradients) {
            update.step(gradient);
        }
    }
    Ok(())
}

impl<'a> Update<'a> {
    fn begin(
        entity: Entity,
        policy: Mut<'a, LlmPolicy>,
        mut learner: Mut<'a, LlmLearner>,
        table: &DecisionTable,
        evidence: &Evidence,
        stats: LearningStats,
    ) -> Self {
        let plan = evidence.begin(&mut learner.learner, &table.policy);
        learner.keep(&policy);
        let (raw, now) = (table.raw.clone(), table.policy.clone());
        Self { entity, policy, learner, plan, raw, now, first: None, error: None, stats }
    }

    /// Derivatives of the loss by what the model says; all zero if the loss is not a number.
    fn slopes(&mut self) -> Slopes {
        let prompts = &self.policy.prompts;
        let loss = self.learner.learner.loss(&self.plan, &self.now, Some(&prompts.reference));
        if !loss.loss.is_finite() {
            self.error = Some(LearningError::NonFiniteLoss { loss: loss.loss });
            return Slopes { log_probs: vec![0.0; self.raw.len()], values: Vec::new() };
        }
        let (labels, mode) = (prompts.config.labels.len(), prompts.config.decision);
        let log_probs = outcomes::backward(&self.raw, labels, mode, &loss.gradient);
        let values = loss.gradient.values.iter().map(|&g| g as f32).collect();
        self.first.get_or_insert(loss.stats);
        Slopes { log_probs, values }
    }

    /// Takes an optimizer step along `gradient`.
    fn step(&mut self, gradient: Gradient) {
        if self.error.is_some() {
            return;
        }
        self.learner.gradient = gradient;
        match step(&mut self.policy, &mut self.learner) {
            Ok(norm) => {
                self.stats.grad_norm.get_or_insert(norm);
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Ends the update, unless an error stopped it.
    fn end(mut self) -> (Entity, LearningStats, Option<LearningError>) {
        if let (None, Some(stats)) = (&self.error, &self.first) {
            self.policy.generation += 1;
            self.learner.learner.end(&self.plan, stats);
        }
        if self.error.is_some() {
            self.stats.grad_norm = None;
            self.learner.restore(&mut self.policy);
        }
        (self.entity, self.stats, self.error)
    }
}
