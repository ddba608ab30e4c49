//! What is played, for how long, and in which order.

use crate::params::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A game: one of the catalog, a matrix of one's own, an n-player public good, or one that a plugin brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum GameSpec {
    /// A game of the catalog, by name (`sim explain games` lists them).
    Named(String),
    /// A two-player game in normal form.
    Matrix {
        /// Name in outputs.
        name: String,
        /// Action names, the same for both seats.
        actions: Vec<String>,
        /// `payoffs[row][column] = (row player's payoff, column player's payoff)`.
        payoffs: Vec<Vec<(f64, f64)>>,
        /// The actions that count as cooperation; default: the first.
        #[serde(default)]
        cooperative: Vec<String>,
    },
    /// A linear public-goods game: contribute the endowment or keep it; contributions are multiplied and shared
    /// equally.
    PublicGoods {
        /// Players per group, at least 3.
        players: usize,
        /// Factor on the contributions; a dilemma if between 1 and `players`.
        multiplier: f64,
        /// What each player starts a round with.
        #[serde(default = "default_endowment")]
        endowment: f64,
    },
    /// A game that a plugin registered under this name.
    Custom {
        /// Registered name.
        name: String,
        /// What is handed to the plugin, in fields of its own: `params: (benefit: 4.0)`.
        #[serde(default)]
        #[schemars(extend("x-params" = "games"))]
        params: Params,
    },
}

fn default_endowment() -> f64 {
    1.0
}

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
