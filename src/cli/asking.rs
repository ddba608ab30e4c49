//! The commands that explain something, and those by which a person asks a model or plays with it.

use super::{Format, MachineArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Whom to play.
#[derive(Debug, Args)]
pub struct PlayArgs {
    /// The folder of a finished run, or a scenario file, whose game is played. Default: the prisoner's dilemma, against
    /// any strategy.
    #[arg(value_name = "RUN|FILE")]
    pub what: Option<PathBuf>,
    /// The opponent: an agent (selfish_0) or population (selfish). Default: drawn, and revealed at the end.
    #[arg(long, value_name = "NAME")]
    pub against: Option<String>,
    /// Matches, one after the other.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub matches: u32,
    /// Rounds of a match; default: as the scenario says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: Option<u32>,
    /// Seed of whatever is drawn.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Replaces any field, as in a run.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Keep the match in this folder, as a run is kept.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Machine options.
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// Whom to talk to, and how it answers.
#[derive(Debug, Args)]
pub struct ChatArgs {
    /// The folder of a finished run. Default: a base model.
    #[arg(value_name = "RUN", conflicts_with_all = ["model", "adapter"])]
    pub run: Option<PathBuf>,
    /// An agent of the run (selfish_0) or a population (selfish). Default: the only one that learned.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// A base model's name, a directory or a GGUF file.
    #[arg(long, default_value = "smollm2-135m-instruct")]
    pub model: String,
    /// A directory with a PEFT adapter of that model.
    #[arg(long, value_name = "DIR")]
    pub adapter: Option<PathBuf>,
    /// A system message; default: the model's own.
    #[arg(long, value_name = "TEXT")]
    pub system: Option<String>,
    /// Divisor of the logits; 0 always takes the likeliest token.
    #[arg(long, value_name = "X", default_value_t = 0.7)]
    pub temperature: f64,
    /// Draw only from the likeliest tokens that together hold this mass.
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    pub top_p: f64,
    /// Longest answer, in tokens.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub max_tokens: u32,
    /// Seed of the draws: the same words get the same answers.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Worker threads; answers do not depend on it. Default: one per core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// What to explain.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Names, as tables (tit_for_tat) or scenarios (TitForTat) spell them; or a topic: terms, strategies, games,
    /// policies, learners, matchmakers, evolution, models, columns, fields, words. Without any: an overview.
    #[arg(value_name = "NAME")]
    pub words: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Whose prompts to print.
#[derive(Debug, Args)]
pub struct PromptArgs {
    /// The scenario file; the same as --scenario.
    #[arg(value_name = "FILE", conflicts_with = "scenario")]
    pub file: Option<PathBuf>,
    /// The scenario file.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Replaces any field, as in a run.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// One agent (selfish_0) or population (selfish). Default: all language models.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// One history: start, or CC, CD, DC, DD (own action first). Default: all.
    #[arg(long, value_name = "HISTORY")]
    pub history: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Machine options.
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// What computes scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScoreEngine {
    /// The engine of this program, which runs use.
    Agora,
    /// The models of candle-transformers in f32 on the CPU, as a check: slow, and written by others.
    Reference,
    /// The same on a GGUF file's quantised blocks: a looser check, since candle rounds activations to 8 bits too.
    ReferenceQuantised,
}

impl ScoreEngine {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agora => "agora",
            Self::Reference => "reference",
            Self::ReferenceQuantised => "reference-quantised",
        }
    }
}

/// What to score.
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// A model's name, a directory or a GGUF file.
    #[arg(long, default_value = "smollm2-135m-instruct")]
    pub model: String,
    /// A directory with a PEFT adapter.
    #[arg(long, value_name = "DIR")]
    pub adapter: Option<PathBuf>,
    /// The prompt: the user's message, or with --raw the whole text.
    #[arg(long, value_name = "TEXT", required_unless_present = "prompt_file", conflicts_with = "prompt_file")]
    pub prompt: Option<String>,
    /// A file with the prompt.
    #[arg(long, value_name = "FILE")]
    pub prompt_file: Option<PathBuf>,
    /// A system message; default: the model's own.
    #[arg(long, value_name = "TEXT", conflicts_with = "raw")]
    pub system: Option<String>,
    /// Labels to score, separated by commas.
    #[arg(long, value_name = "A,B", value_delimiter = ',', required = true)]
    pub labels: Vec<String>,
    /// Take the prompt as it is, without the chat template.
    #[arg(long)]
    pub raw: bool,
    /// What computes: the engine that runs use, or candle-transformers as a check of it.
    #[arg(long, value_enum, default_value_t = ScoreEngine::Agora)]
    pub engine: ScoreEngine,
    /// Also print the K largest next-token logits.
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub top: usize,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Machine options.
    #[command(flatten)]
    pub machine: MachineArgs,
}
