//! The learners by name: what a scenario says, and what it becomes.

use super::{About, Learner, ListedLearner};
use crate::params::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Generates everything that knows each learner from one list, whose entries are `file::Learner`.
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
            /// A learner that a plugin registered under this name.
            Custom {
                /// The registered name.
                name: String,
                /// Parameters for the plugin, in fields that it defines: `params: (optimizer: (lr: 0.001))`.
                #[serde(default)]
                #[schemars(extend("x-params" = "learners"))]
                params: Params,
            },
        }

        /// Every learner that a scenario can name: its name in snake case, the word for it in a scenario, and what it
        /// is, and where it comes from.
        const LEARNERS: &[(&str, &str, &str, &str)] = &[
            $((
                stringify!($file),
                stringify!($Learner),
                <super::$file::$Learner as ListedLearner>::SUMMARY,
                <super::$file::$Learner as ListedLearner>::SOURCE,
            ),)+
        ];

        impl LearnerSpec {
            /// The word that names it in a scenario.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$Learner(_) => stringify!($Learner),)+
                    Self::Custom { .. } => "Custom",
                }
            }

            /// What the rest of the program needs to know about the learner; `None` if it is a plugin's.
            pub fn about(&self) -> Option<About<'_>> {
                match self {
                    $(Self::$Learner(config) => Some(super::$file::$Learner::about(config)),)+
                    Self::Custom { .. } => None,
                }
            }

            /// The learner before its first update, for tables of `prompts` prompts; `None` if it is a plugin's.
            pub fn build(&self, prompts: usize) -> Option<Box<dyn Learner>> {
                match self.clone() {
                    $(Self::$Learner(config) => {
                        let learner: super::$file::$Learner = ListedLearner::build(config, prompts);
                        Some(Box::new(learner))
                    })+
                    Self::Custom { .. } => None,
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

/// Names of all learners.
pub fn names() -> impl Iterator<Item = &'static str> {
    LEARNERS.iter().map(|(name, ..)| *name)
}

/// What the learner called `name` is and where it comes from; `None` if there is no such learner.
pub fn explain(name: &str) -> Option<String> {
    let (name, _, summary, source) = LEARNERS.iter().find(|(known, ..)| *known == name)?;
    Some(format!(
        "{name}\n\n  {summary} Formulas and deviations from the papers: docs/learning.md.\n  Source: {source}\n"
    ))
}
