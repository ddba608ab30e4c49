//! The shared vocabulary: components, resources, the clock and the schedule. Plugins meet here and nowhere else.

mod failure;
mod graph;
mod heritage;
mod ledger;
mod lineage;
mod match_player;
mod matchmaker;
mod odds;
mod partners;
mod phase;
mod ranks;
mod registry;
mod reputation;
mod round_learner;
pub mod schedule;
mod setting;
pub mod snapshot;
mod structure;
mod tournament;

pub use failure::TickFailure;
pub use graph::{Adjacency, Graph};
pub use heritage::{AdapterNoise, Event, HandsOn, Heritage, Inborn, LearnedState, Prospect, Society, UpdateRule};
pub use ledger::{
    Account, CountedRound, LAST_ROUNDS, Ledger, MatchTally, PlayerRound, Rewards, Sum, add_accounts, joint_index,
};
pub use lineage::{BirthRow, Chronicle, Lineages, Origin, Prototypes, Type, TypeNames, TypeRow};
pub use match_player::{MatchPlayer, MatchSoFar, PlaysByMatch, Reflex, Seated};
pub use matchmaker::{Matchmaker, Matchmaking, People, Sizes};
pub use odds::{Behaviour, ExpectedScore, PossibleRound, RewardTable, turn};
pub use partners::{ChoosesPartner, LastMoves, PartnerChooser, PartnerOdds, RecordEvery, Selections};
pub use phase::Phase;
pub use ranks::{Beside, ElsewhereError, Home, Ranks, Sharing, Trouble, home_of};
pub use registry::{
    Factories, GameFactory, LearnerFactory, MatchmakerFactory, NormFactory, Offer, Offers, PolicyFactory, TermFactory,
    UpdateRuleFactory, offered,
};
pub use reputation::{Deed, Judged, Norm, ReputationRules, Reputations};
pub use round_learner::{LearnsByRound, PlayOrder, RoundLearner, SeatStreams, Workers, scripts_play_by_match};
pub use setting::Setting;
pub use structure::Structure;
pub use tournament::{Completion, Completions, Decisions, LiveSeat, Messages, SeatsOf, Tournament, Turn};

use crate::games::{Game, Observation, ObservationSpace};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Number of an agent: dense from 0, in the order of the scenario. Everything ordered is ordered by it.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[require(Behaviour, ExpectedScore, ReadOutSource)]
pub struct AgentId(pub u32);

impl AgentId {
    /// The number as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Name of an agent in outputs: its population's name and a number.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct AgentName(pub String);

/// The population an agent belongs to, as an index into [`Populations`].
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population(pub u32);

/// What outputs call an agent's policy: a strategy's name, `llm`, `frozen:` and the model's name, or a
/// plugin's own word.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct PolicyName(pub String);

/// What an agent gets for an illegal completion, in place of every reward term.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct IllegalReward(pub f64);

/// Payoff summed over the rounds of the last tick.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Score(pub f64);

/// How likely an agent is to cooperate after each observation, by [`ObservationSpace`] index; NaN where the policy has
/// no such number. Policies keep it current for the tick they play.
#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadOut(pub Vec<f64>);

/// Where the numbers of a [`ReadOut`] come from.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadOutSource {
    /// Probabilities of the policy that plays the tick, read before anything is learned from it.
    #[default]
    Exact,
    /// Probabilities of a policy that learns while it plays, read when the tick is over.
    ExactAtEnd,
    /// Shares of the tick's decisions: the policy reveals nothing but what it draws.
    Counted,
}

impl ReadOutSource {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::ExactAtEnd => "exact_at_end",
            Self::Counted => "counted",
        }
    }
}

/// What the learner of an agent measured in its last update.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningStats {
    /// Version of the parameters that played this tick.
    pub generation: u64,
    /// Entropy of the policy in nats, over the observations met.
    pub entropy: f64,
    /// Divergence from the reference policy in nats, over the observations met.
    pub kl: f64,
    /// Norm of the gradient before clipping; `None` if nothing was learned in this tick.
    pub grad_norm: Option<f64>,
}

/// Marks an agent whose learning was stopped by an error.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningHalted {
    /// The tick of the error.
    pub tick: u32,
    /// What happened.
    pub reason: String,
}

/// Names of the populations, in the order of the scenario.
#[derive(Resource, Clone, Debug, Default)]
pub struct Populations(pub Vec<String>);

/// The ticks in which the members of each population play, in the order of the scenario.
#[derive(Resource, Clone, Debug, Default)]
pub struct Presence(pub Vec<Stay>);

/// The ticks in which the members of a population play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// The first of them.
    pub joins: u32,
    /// The first tick after them; `None`: they stay to the end.
    pub leaves: Option<u32>,
}

impl Stay {
    /// Whether members play in `tick`.
    pub fn includes(self, tick: u32) -> bool {
        tick >= self.joins && self.leaves.is_none_or(|leaves| tick < leaves)
    }
}

/// Names of the registered reward terms, in the order of their columns.
#[derive(Resource, Clone, Debug, Default)]
pub struct TermNames(pub Vec<&'static str>);

/// Entity of every agent, by [`AgentId`].
#[derive(Resource, Clone, Debug, Default)]
pub struct Roster(pub Vec<Entity>);

/// Where the run is.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Clock {
    /// The current tick, from 0.
    pub tick: u32,
    /// Ticks of the whole run.
    pub ticks: u32,
}

/// Where progress is shown: a bar that counts the slow steps of a run. Hidden unless a command shows it.
#[derive(Resource, Clone, Debug)]
pub struct Progress(pub indicatif::ProgressBar);

impl Progress {
    /// Shows the bar with this many steps. Call it after other bars are finished; two at once garble the terminal.
    pub fn start(&self, steps: u64) {
        self.0.set_length(steps);
        if !self.0.is_hidden() {
            self.0.enable_steady_tick(std::time::Duration::from_millis(500));
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self(indicatif::ProgressBar::hidden())
    }
}

/// The seed of every stream of the run.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct RunSeed(pub u64);

/// The length of matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Horizon {
    /// This number of rounds.
    Fixed(u32),
    /// Another round follows with `probability`, up to `at_most` rounds.
    Continue {
        /// Continuation probability.
        probability: f64,
        /// Longest match.
        at_most: u32,
    },
}

/// What players see before the first round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Nothing.
    Blank,
    /// Uniformly drawn last moves that no player made, for every player alike: even for one that always does the same,
    /// for which the code of Tennant et al. 2025 makes up what it always does.
    MadeUp,
    /// The last move of each player in whatever match it last played, as [`LastMoves`] keeps it.
    LastMoves,
}

/// The rules every match of the run follows.
#[derive(Resource, Clone, Debug)]
pub struct Rules {
    /// The game of every round.
    pub game: Arc<dyn Game>,
    /// Numbers its observations.
    pub observations: ObservationSpace,
    /// Length of matches.
    pub horizon: Horizon,
    /// Chance that an action is replaced by another at random.
    pub noise: f64,
    /// What players see first.
    pub opening: Opening,
    /// How reputations are made; `None`: there are none.
    pub reputation: Option<ReputationRules>,
    /// Judges the player in the second seat by its own last move where its opponent's is meant, as the released code of
    /// Tennant et al. 2024 does with agents that were selected.
    pub second_judged_by_own_move: bool,
}

impl Rules {
    /// Rules of `game` without noise and with a blank opening.
    pub fn new(game: Arc<dyn Game>, horizon: Horizon) -> Self {
        let observations = ObservationSpace::of(game.as_ref());
        let (opening, reputation) = (Opening::Blank, None);
        Self { game, observations, horizon, noise: 0.0, opening, reputation, second_judged_by_own_move: false }
    }

    /// The same rules with reputations, which players then see beside the last round.
    pub fn with_reputation(self, reputation: ReputationRules) -> Self {
        let observations = self.observations.with_reputations(reputation.norm.reputations());
        Self { observations, reputation: Some(reputation), ..self }
    }

    /// What reward terms take the player in `seat` to have seen, if it saw `seen`.
    pub fn judged(&self, seat: usize, seen: Observation) -> Observation {
        match seen {
            Observation::Last { own, .. } if self.second_judged_by_own_move && seat == 1 => {
                Observation::Last { own, others: own }
            }
            seen => seen,
        }
    }
}
