//! The learners by name: what a scenario says, and what it becomes.

use super::grpo::{Grpo, GrpoConfig};
use super::optimizer::OptimizerConfig;
use super::ppo::{Ppo, PpoConfig};
use super::reinforce::{Reinforce, ReinforceConfig};
use super::rloo::{Rloo, RlooConfig};
use super::{Expectation, Plan, PolicyTable, Trajectory};
use super::{Learner, Loss, UpdateStats};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// How the members of a population learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum LearnerSpec {
    /// REINFORCE with a moving-average baseline.
    Reinforce(ReinforceConfig),
    /// REINFORCE with a leave-one-out baseline.
    Rloo(RlooConfig),
    /// Group-relative policy optimisation.
    Grpo(GrpoConfig),
    /// Proximal policy optimisation.
    Ppo(PpoConfig),
}

/// Any learner with its state, to be kept in a component and in checkpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AnyLearner {
    /// REINFORCE with a moving-average baseline.
    Reinforce(Reinforce),
    /// REINFORCE with a leave-one-out baseline.
    Rloo(Rloo),
    /// Group-relative policy optimisation.
    Grpo(Grpo),
    /// Proximal policy optimisation.
    Ppo(Ppo),
}

/// The learner that `spec` describes, before its first update, for tables of `prompts` prompts.
pub fn build(spec: &LearnerSpec, prompts: usize) -> AnyLearner {
    match spec {
        LearnerSpec::Reinforce(config) => AnyLearner::Reinforce(Reinforce::new(config.clone(), prompts)),
        LearnerSpec::Rloo(config) => AnyLearner::Rloo(Rloo::new(config.clone())),
        LearnerSpec::Grpo(config) => AnyLearner::Grpo(Grpo::new(config.clone())),
        LearnerSpec::Ppo(config) => AnyLearner::Ppo(Ppo::new(config.clone())),
    }
}

impl AnyLearner {
    /// The learner inside.
    pub fn get(&self) -> &dyn Learner {
        match self {
            Self::Reinforce(learner) => learner,
            Self::Rloo(learner) => learner,
            Self::Grpo(learner) => learner,
            Self::Ppo(learner) => learner,
        }
    }

    /// The learner inside, to be changed.
    pub fn get_mut(&mut self) -> &mut dyn Learner {
        match self {
            Self::Reinforce(learner) => learner,
            Self::Rloo(learner) => learner,
            Self::Grpo(learner) => learner,
            Self::Ppo(learner) => learner,
        }
    }
}

impl Learner for AnyLearner {
    fn epochs(&self) -> u32 {
        self.get().epochs()
    }

    fn optimizer(&self) -> &OptimizerConfig {
        self.get().optimizer()
    }

    fn needs_values(&self) -> bool {
        self.get().needs_values()
    }

    fn needs_reference(&self) -> bool {
        self.get().needs_reference()
    }

    fn begin(&mut self, trajectories: &[Trajectory], played: &PolicyTable) -> Plan {
        self.get_mut().begin(trajectories, played)
    }

    fn begin_exact(&mut self, ahead: &Expectation, played: &PolicyTable) -> Plan {
        self.get_mut().begin_exact(ahead, played)
    }

    fn loss(&self, plan: &Plan, current: &PolicyTable, reference: Option<&PolicyTable>) -> Loss {
        self.get().loss(plan, current, reference)
    }

    fn end(&mut self, plan: &Plan, stats: &UpdateStats) {
        self.get_mut().end(plan, stats);
    }
}
