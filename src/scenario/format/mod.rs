//! The scenario file as types. Every field is documented here once; `sim schema` prints the same words.

mod model;
mod population;
mod reward;
mod rules;

pub use crate::evolution::migration::PAIRS_MAX as MIGRATION_PAIRS_MAX;
pub use crate::evolution::mutation::{Gaussian, WeightMutation};
pub use crate::evolution::traits::{InheritSpec, Learned, Moments};
pub use crate::evolution::{EvolutionSpec, FitnessSpec, UpdateRuleSpec};
pub use crate::games::GameSpec;
pub use crate::learning::LearnerSpec;
pub use crate::matchmaking::MatchmakingSpec;
pub use crate::morals::TermSpec;
pub use crate::policies::scripted::StrategySpec;
pub use crate::remote::RemoteSpec;
pub use crate::reputation::{NormSpec, ReputationSpec};
pub use crate::structure::{GraphSpec, StructureSpec};
pub use model::{MemorySpec, ModelSpec};
pub use population::{PolicySpec, PopulationSpec};
pub use reward::RewardSpec;
pub use rules::{HorizonSpec, OpeningSpec, PlaySpec};

use crate::policies::llm::prompt::PromptConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The only scenario format there is so far.
pub const FORMAT_VERSION: u32 = 1;

/// One scenario: a population, the game it plays, and how it learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSpec {
    /// Format of this file; 1.
    pub version: u32,
    /// Name of the scenario; names the run directory. Default: the file's name.
    #[serde(default)]
    pub name: String,
    /// Seed of every random stream of the run.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Number of ticks to play; one tick is one tournament.
    pub ticks: u32,
    /// The game of every match.
    pub game: GameSpec,
    /// How long a match lasts.
    pub rounds: HorizonSpec,
    /// Chance that an intended action is replaced by another at random, per decision.
    #[serde(default)]
    pub noise: f64,
    /// What players see before the first round of a match.
    #[serde(default)]
    pub opening: OpeningSpec,
    /// How agents come by a reputation, which others see before they act; `None`: they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reputation: Option<ReputationSpec>,
    /// Who meets whom.
    #[serde(default)]
    pub matchmaking: MatchmakingSpec,
    /// Where agents are: who is next to whom, for `matchmaking: Neighbours` and `evolution`; `None`: every agent is
    /// next to every other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<StructureSpec>,
    /// The order in which rounds are played.
    #[serde(default)]
    pub play: PlaySpec,
    /// The base model of the LLM agents.
    #[serde(default)]
    pub model: ModelSpec,
    /// How LLM agents are asked, unless a population says otherwise.
    #[serde(default)]
    pub prompt: PromptConfig,
    /// Memory that the run may take when the CPU runs the base model. It decides whether learners take turns, never
    /// what they learn.
    #[serde(default)]
    pub memory: MemorySpec,
    /// Who plays.
    pub populations: Vec<PopulationSpec>,
    /// How servers of remote players are asked.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = RemoteSpec::default()))]
    pub remote: RemoteSpec,
    /// How agents inherit from each other; `None`: they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evolution: Option<EvolutionSpec>,
    /// What is written besides the two tables that are always written.
    #[serde(default)]
    pub output: OutputSpec,
}

/// Scenarios without remote players are resolved as they were before there were any.
fn is_default(remote: &RemoteSpec) -> bool {
    *remote == RemoteSpec::default()
}

fn default_seed() -> u64 {
    1
}

/// What a run writes besides `strategy_evolution.csv` and `social_outcomes.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSpec {
    /// Write `moves.csv`: one row per seat and round.
    pub moves: bool,
    /// Write `pairs.csv`: one row per tick and pair of populations that met, in games of two players.
    pub pairs: bool,
    /// Write `generations.csv`: the text of every generated answer, with `decision: Generate`.
    pub generations: bool,
    /// Write `selections.csv`: how often each agent picked each other agent.
    pub selections: bool,
    /// Number of ticks that each row covers; 1 writes a row for every tick.
    pub every: u32,
    /// Save the adapters at the end, in PEFT's format.
    pub adapters: bool,
    /// Add `payoff_exact` and `cooperation_exact` to `strategy_evolution.csv`: the values expected of the tick's
    /// matches, given every agent's probabilities. Empty for agents that met an opponent that depends on more than the
    /// last round, and in games of more than two players.
    pub exact: bool,
}

impl Default for OutputSpec {
    fn default() -> Self {
        Self {
            moves: false,
            pairs: true,
            generations: false,
            selections: false,
            every: 1,
            adapters: true,
            exact: false,
        }
    }
}
