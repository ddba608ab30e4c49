//! The scenario file as types. Every field is documented here once; `sim schema` prints the same words.

use crate::learning::exact::Estimator;
use crate::learning::{grpo::GrpoConfig, ppo::PpoConfig, reinforce::ReinforceConfig, rloo::RlooConfig};
use crate::llm::lora::LoraConfig;
use crate::llm::random::RandomShape;
use crate::policies::llm::prompt::PromptConfig;
use crate::policies::network::q_network::QNetworkConfig;
use crate::policies::tabular::q_learning::QLearningConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// How many tournaments are played.
    pub ticks: u32,
    /// The game of every match.
    pub game: GameSpec,
    /// How long a match lasts.
    pub rounds: HorizonSpec,
    /// Chance that an intended action slips to another one, per decision.
    #[serde(default)]
    pub noise: f64,
    /// What players see before the first round of a match.
    #[serde(default)]
    pub opening: OpeningSpec,
    /// Who meets whom.
    #[serde(default)]
    pub matchmaking: MatchmakingSpec,
    /// In which order rounds are played.
    #[serde(default)]
    pub play: PlaySpec,
    /// The base model of the LLM agents.
    #[serde(default)]
    pub model: ModelSpec,
    /// How LLM agents are asked, unless a population says otherwise.
    #[serde(default)]
    pub prompt: PromptConfig,
    /// How much memory the run may take where the CPU runs the base model. It decides whether learners take turns, never
    /// what they learn.
    #[serde(default)]
    pub memory: MemorySpec,
    /// Who plays.
    pub populations: Vec<PopulationSpec>,
    /// What is written besides the two tables that always are.
    #[serde(default)]
    pub output: OutputSpec,
}

fn default_seed() -> u64 {
    1
}

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
    /// A linear public-goods game: contribute the endowment or keep it; contributions are multiplied and shared equally.
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
        /// Numbers handed to the plugin.
        #[serde(default)]
        params: BTreeMap<String, f64>,
    },
}

fn default_endowment() -> f64 {
    1.0
}

/// How long a match lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum HorizonSpec {
    /// So many rounds.
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

/// Who meets whom in a tick.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum MatchmakingSpec {
    /// Every pair of agents once.
    #[default]
    RoundRobin,
    /// Agents are shuffled and paired (or grouped) so often; whoever is left over sits out.
    RandomPairs {
        /// Pairings per tick.
        #[serde(default = "default_repeats")]
        repeats: u32,
    },
    /// Each pair of populations meets: every agent of the first with every agent of the second.
    FixedPairs(Vec<(String, String)>),
    /// Each pair of populations meets member by member: the first of one with the first of the other, and so on.
    Paired(Vec<(String, String)>),
    /// Everybody picks a partner each tick, by the last moves of all others, and plays it; nobody can refuse. Agents with
    /// networks learn whom to pick, others pick at random.
    PartnerSelection {
        /// Judges those who were picked by their own last move where their opponent's is meant: an error of the released
        /// code of Tennant et al. 2024 on which their published numbers rest.
        #[serde(default)]
        selected_judged_by_own_move: bool,
    },
    /// Every agent plays both (all) seats of one match against itself.
    SelfPlay,
}

fn default_repeats() -> u32 {
    1
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

/// The base model of the LLM agents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum ModelSpec {
    /// A model of the registry (`sim models list`).
    Named(String),
    /// A local directory with config.json, tokenizer.json and safetensors, or a GGUF file.
    Path(String),
    /// A repository of the Hugging Face Hub, optionally at a revision and with a GGUF file name.
    Hub {
        /// `owner/name`.
        repository: String,
        /// Branch, tag or commit.
        #[serde(default = "default_revision")]
        revision: String,
        /// A GGUF file of the repository; default: its safetensors.
        #[serde(default)]
        file: Option<String>,
    },
    /// Random weights of any shape with a byte tokenizer: for benchmarks where the real ones cannot be had.
    Random(RandomShape),
}

fn default_revision() -> String {
    "main".into()
}

impl Default for ModelSpec {
    fn default() -> Self {
        Self::Named("smollm2-135m-instruct".into())
    }
}

/// How much memory a run may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum MemorySpec {
    /// Nine tenths of what the machine has free at the start. Learners keep the passes they played by until they learn from
    /// them if that takes at most 2 GiB; else they take turns, one per thread, which takes about half as much time again.
    #[default]
    Auto,
    /// So many GiB, weights included: the quickest way that fits.
    GiB(f64),
}

/// Agents that share policy kind, learner and rewards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PopulationSpec {
    /// Name in outputs; unique.
    pub name: String,
    /// Members.
    #[serde(default = "default_count")]
    pub count: u32,
    /// How members decide.
    pub policy: PolicySpec,
    /// How members learn; none: they stay as they are.
    #[serde(default)]
    pub learner: Option<LearnerSpec>,
    /// What the learner's updates are made of. `Exact`: returns expected by the probabilities of both players, so gradients
    /// have no sampling noise; for language models in two-player games against opponents that go by the last round alone.
    /// Matches are played all the same, for the tables.
    #[serde(default)]
    pub estimator: Estimator,
    /// What members are rewarded for, summed; default: the payoff alone.
    #[serde(default = "default_rewards")]
    pub rewards: Vec<RewardSpec>,
}

fn default_count() -> u32 {
    1
}

fn default_rewards() -> Vec<RewardSpec> {
    vec![RewardSpec { term: TermSpec::Payoff, weight: 1.0, from: 0, until: None, ramp: 0 }]
}

/// How the members of a population decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::large_enum_variant,
    reason = "a scenario holds a handful of them, and a box would show in every pattern"
)]
pub enum PolicySpec {
    /// A scripted strategy.
    Scripted(StrategySpec),
    /// A tabular Q-learner: plays by a table of values and updates it after every round.
    QLearning(QLearningConfig),
    /// Two small networks: one plays by the opponent's last move, one picks partners; both learn after every tick.
    QNetwork(QNetworkConfig),
    /// A language model with a low-rank adapter for each member.
    Llm {
        /// Shape of the adapter.
        #[serde(default)]
        adapter: LoraConfig,
        /// The adapter acts only from the end of the start that all prompts share, which the frozen base reads once for all agents
        /// (activated LoRA, Greenewald et al. 2025): much faster, a little less to learn with. Saved as PEFT's aLoRA.
        #[serde(default)]
        activated: bool,
        /// A directory with a saved PEFT adapter to start from; its own shape replaces `adapter`.
        #[serde(default)]
        from: Option<String>,
        /// How this population is asked; default: the scenario's `prompt`.
        #[serde(default)]
        prompt: Option<PromptConfig>,
    },
    /// A policy that a plugin registered under this name.
    Custom {
        /// Registered name.
        name: String,
        /// Numbers handed to the plugin.
        #[serde(default)]
        params: BTreeMap<String, f64>,
    },
}

/// A scripted strategy; `sim explain strategies` lists them with their sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum StrategySpec {
    /// Cooperates always.
    AlwaysCooperate,
    /// Defects always.
    AlwaysDefect,
    /// Cooperates with probability p.
    Random {
        /// Probability of cooperation.
        #[serde(default = "default_half")]
        p: f64,
    },
    /// Cooperates first, then does what the opponent did.
    TitForTat,
    /// Defects first, then does what the opponent did.
    SuspiciousTitForTat,
    /// Tit for tat that forgives a defection with probability p.
    GenerousTitForTat {
        /// Probability of cooperating after a defection.
        #[serde(default = "default_generosity")]
        p: f64,
    },
    /// Defects only after two defections in a row.
    TitForTwoTats,
    /// Answers each defection with two.
    TwoTitsForTat,
    /// Cooperates until the first defection, then never again.
    Grim,
    /// Repeats its action after a good payoff, changes it after a bad one (Pavlov).
    WinStayLoseShift,
    /// Cooperates and defects in turn.
    Alternator,
    /// Any memory-one strategy, as five probabilities of cooperation.
    MemoryOne {
        /// In the first round.
        start: f64,
        /// After (own C, opponent's C).
        cc: f64,
        /// After (own C, opponent's D).
        cd: f64,
        /// After (own D, opponent's C).
        dc: f64,
        /// After (own D, opponent's D).
        dd: f64,
    },
}

fn default_half() -> f64 {
    0.5
}

fn default_generosity() -> f64 {
    1.0 / 3.0
}

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

/// One term of a population's reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardSpec {
    /// What is rewarded.
    pub term: TermSpec,
    /// Factor in the sum; not negative (each term has its opposite).
    #[serde(default = "default_weight")]
    pub weight: f64,
    /// First tick in force.
    #[serde(default)]
    pub from: u32,
    /// First tick no longer in force.
    #[serde(default)]
    pub until: Option<u32>,
    /// Ticks over which the weight grows from 0 to `weight`.
    #[serde(default)]
    pub ramp: u32,
}

fn default_weight() -> f64 {
    1.0
}

/// A reward term; `sim explain <term>` prints its formula and source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum TermSpec {
    /// The player's own payoff (the selfish reward).
    Payoff,
    /// The sum of all payoffs.
    Utilitarian,
    /// Minus the sum of all payoffs.
    AntiUtilitarian,
    /// The co-players' payoff.
    Altruist,
    /// Minus the co-players' payoff.
    AntiAltruist,
    /// A fine for defecting on one who cooperated in the last round.
    Deontological {
        /// Size of the fine.
        #[serde(default = "default_penalty")]
        penalty: f64,
    },
    /// A prize for defecting on one who cooperated in the last round.
    MaliciousDeontological {
        /// Size of the prize.
        #[serde(default = "default_bonus")]
        bonus: f64,
    },
    /// Equality of the round's payoffs, 0 to 1.
    VirtueEquality,
    /// Inequality of the round's payoffs, 0 to 1.
    VirtueInequality,
    /// A prize for cooperating.
    VirtueKindness {
        /// Size of the prize.
        #[serde(default = "default_bonus")]
        bonus: f64,
    },
    /// A prize for defecting.
    VirtueAggression {
        /// Size of the prize.
        #[serde(default = "default_bonus")]
        bonus: f64,
    },
    /// Equality and kindness mixed: `beta` · equality + (1 − `beta`) · 1 for cooperating.
    VirtueMixed {
        /// Share of equality.
        #[serde(default = "default_half")]
        beta: f64,
    },
    /// A term that a plugin registered under this name.
    Custom {
        /// Registered name.
        name: String,
        /// Numbers handed to the plugin.
        #[serde(default)]
        params: BTreeMap<String, f64>,
    },
}

fn default_penalty() -> f64 {
    3.0
}

fn default_bonus() -> f64 {
    5.0
}

/// What a run writes besides `strategy_evolution.csv` and `social_outcomes.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSpec {
    /// Write `moves.csv`: one row per seat and round.
    pub moves: bool,
    /// Write `pairs.csv`: one row per tick and pair of populations that met.
    pub pairs: bool,
    /// Write `selections.csv`: how often everybody picked everybody.
    pub selections: bool,
    /// Write a row for so many ticks together, and not for every tick.
    pub every: u32,
    /// Save the adapters at the end, in PEFT's format.
    pub adapters: bool,
    /// Add `payoff_exact` and `cooperation_exact` to `strategy_evolution.csv`: what was to be expected of the tick's matches
    /// by everybody's probabilities. Empty for those who met somebody that goes by more than the last round, and in games of
    /// more than two players.
    pub exact: bool,
}

impl Default for OutputSpec {
    fn default() -> Self {
        Self { moves: false, pairs: false, selections: false, every: 1, adapters: true, exact: false }
    }
}
