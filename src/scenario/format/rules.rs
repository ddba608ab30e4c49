//! How long matches last, and in which order rounds are played.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a match lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum HorizonSpec {
    /// Every match has this number of rounds.
    Fixed(u32),
    /// After each round another follows with this probability.
    Continue {
        /// Continuation probability, at least 0 and below 1.
        probability: f64,
        /// Longest match, in rounds.
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
    /// Fictitious previous moves, drawn uniformly, as in Tennant et al. 2025.
    MadeUp,
    /// The last move of each player, in whatever match it was made; made up before a player's first match, as in
    /// Tennant et al. 2024.
    LastMoves,
}

/// The order in which the rounds of a tick are played; it never changes what any agent gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PlaySpec {
    /// The fastest of the others for scripts, where nothing looks at single rounds; `Lockstep` for everyone else.
    #[default]
    Fastest,
    /// One round of every match at a time; suits every scenario.
    Lockstep,
    /// One whole match after another, on all threads: many times faster where every agent is a script, or every agent a
    /// Q-learner in one match.
    MatchByMatch,
    /// Each kind of match once, for all who play it: many times faster where many agents play few strategies that never
    /// draw, as on a lattice. Ticks in which a strategy draws, as one that has mutated may, are played match by match.
    PairByPair,
}
