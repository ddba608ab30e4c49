//! For how long is played, and in which order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a match lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum HorizonSpec {
    /// This number of rounds.
    Fixed(u32),
    /// After each round another follows with this probability.
    Continue {
        /// Continuation probability, at least 0 and below 1.
        probability: f64,
        /// No match is longer.
        #[serde(default = "default_rounds_max")]
        at_most: u32,
    },
}

fn default_rounds_max() -> u32 {
    1000
}

/// What players see before the first round of a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum OpeningSpec {
    /// Nothing: the prompt says that this is the first round.
    #[default]
    Blank,
    /// Made-up last moves, drawn uniformly, as in Tennant et al. 2025.
    MadeUp,
    /// What each did last, in whatever match; made up before its first, as in Tennant et al. 2024.
    LastMoves,
}

/// In which order the rounds of a tick are played; never changes who gets what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PlaySpec {
    /// One round of every match at a time; fits everything.
    #[default]
    Lockstep,
    /// One whole match after the other, on all threads: many times faster where everybody is a Q-learner in one match.
    MatchByMatch,
}
