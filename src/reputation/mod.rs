//! Indirect reciprocity: what an agent does to one player is known to the next.
//!
//! A norm is a pure function from a deed (who acts, towards whom, and whether it cooperates) to the reputation that it
//! earns ([`Norm`]). There is one public opinion of every agent; observers err together. One file
//! per norm; the list at the end of this file is the only place that names them all.

pub mod explain;
mod list;
mod plugin;
#[cfg(test)]
mod tests;
mod third_order;

pub mod image_score;
pub mod leading_eight;
pub mod scoring;
pub mod shunning;
pub mod simple_standing;
pub mod standing;
pub mod stern_judging;

pub use crate::explained::Explanation;
pub use list::ListedNorm;
pub use plugin::ReputationPlugin;

use crate::fault::Fault;
use crate::params::Params;
use crate::world::{Factories, Judged, Norm, ReputationRules, offered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How agents come by a reputation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReputationSpec {
    /// Which reputation an action earns.
    pub norm: NormSpec,
    /// Which actions are judged.
    #[serde(default)]
    pub judged: JudgedSpec,
    /// Chance that a judgement is wrong, so that the agent gets the other reputation, or a step in the other direction.
    #[serde(default)]
    pub assessment_error: f64,
    /// Chance that an action meant as cooperation fails and is played as defection; defection never fails. `noise`, in
    /// contrast, lets any action slip to any other.
    #[serde(default)]
    pub execution_error: f64,
}

/// Which actions are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum JudgedSpec {
    /// Those of every round: a reputation may change within a match.
    #[default]
    Rounds,
    /// Those of a match's last round: a reputation stays the same within a match.
    Matches,
}

impl ReputationSpec {
    /// How reputations are made, with the norms that plugins offer.
    ///
    /// # Errors
    /// If no plugin offers the norm, or the plugin refuses its parameters.
    pub fn build(&self, factories: &Factories) -> Result<ReputationRules, String> {
        let judged = match self.judged {
            JudgedSpec::Rounds => Judged::Rounds,
            JudgedSpec::Matches => Judged::Matches,
        };
        let Self { assessment_error, execution_error, .. } = *self;
        Ok(ReputationRules { norm: self.norm.build(factories)?, judged, assessment_error, execution_error })
    }
}

impl NormSpec {
    /// The norm, with those that plugins offer.
    ///
    /// # Errors
    /// If no plugin offers it, or the plugin refuses its parameters.
    pub fn build(&self, factories: &Factories) -> Result<Arc<dyn Norm>, String> {
        match self {
            Self::Custom { name, params } => (offered(&factories.norms, name)?.make)(params),
            spec => Ok(spec.listed().expect("what is not a plugin's is listed")),
        }
    }
}

list::norms! {
    image_score::ImageScore(ImageScore),
    scoring::Scoring,
    shunning::Shunning,
    simple_standing::SimpleStanding,
    standing::Standing,
    stern_judging::SternJudging,
    leading_eight::LeadingEight(LeadingEight),
}
