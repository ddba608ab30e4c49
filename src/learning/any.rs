//! The learners by name: what a scenario says, and what it becomes.

use super::optimizer::OptimizerConfig;
use super::{About, Learner, ListedLearner, Loss, UpdateStats};
use super::{Expectation, Plan, PolicyTable, Trajectory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Writes from a list what knows every learner: an entry is `file::Learner`.
macro_rules! learners {
    ($($file:ident::$Learner:ident),+ $(,)?) => {
        /// How the members of a population learn.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub enum LearnerSpec {
            $(
                #[doc = concat!("See [`", stringify!(super::$file), "`].")]
                #[schemars(description = <super::$file::$Learner as ListedLearner>::SUMMARY)]
                $Learner(<super::$file::$Learner as ListedLearner>::Config),
            )+
        }

        impl LearnerSpec {
            /// The word for it in a scenario.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$Learner(_) => stringify!($Learner),)+
                }
            }

            /// What is to be known of the learner.
            pub fn about(&self) -> About<'_> {
                match self {
                    $(Self::$Learner(config) => super::$file::$Learner::about(config),)+
                }
            }
        }

        /// Any learner with its state, to be kept in a component and in checkpoints.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum AnyLearner {
            $(
                #[doc = concat!("See [`", stringify!(super::$file), "`].")]
                $Learner(super::$file::$Learner),
            )+
        }

        /// The learner that `spec` describes, before its first update, for tables of `prompts` prompts.
        pub fn build(spec: &LearnerSpec, prompts: usize) -> AnyLearner {
            match spec.clone() {
                $(LearnerSpec::$Learner(config) => AnyLearner::$Learner(ListedLearner::build(config, prompts)),)+
            }
        }

        impl AnyLearner {
            /// The learner inside.
            pub fn get(&self) -> &dyn Learner {
                match self {
                    $(Self::$Learner(learner) => learner,)+
                }
            }

            /// The learner inside, to be changed.
            pub fn get_mut(&mut self) -> &mut dyn Learner {
                match self {
                    $(Self::$Learner(learner) => learner,)+
                }
            }
        }
    };
}

learners! {
    reinforce::Reinforce,
    rloo::Rloo,
    grpo::Grpo,
    ppo::Ppo,
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
