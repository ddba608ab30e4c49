//! The command line: types only.

use crate::evaluate::histories::Histories;
use crate::host::parse_gibibytes;
use crate::llm::engine::machine::DeviceChoice;
use crate::llm::engine::precision::Precision;
use crate::run::sweep::Seeds;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Simulates populations of agents that play social dilemmas under moral rewards and learn while the others learn.
#[derive(Debug, Parser)]
#[command(name = "sim", version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do; without a command, run a scenario.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Options of a run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a scenario: `sim run FILE` is `sim --scenario FILE`.
    #[command(arg_required_else_help = true)]
    Run(RunArgs),
    /// List or fetch base models.
    Models {
        /// What to do with them.
        #[command(subcommand)]
        verb: ModelsVerb,
    },
    /// Print the exact log-probability of each label after a prompt.
    Score(ScoreArgs),
    /// Print the prompts by which language models choose actions, and how likely each answer is before they learn.
    Prompt(PromptArgs),
    /// Explain a reward term, strategy, learner, game, matchmaker, update rule or column.
    Explain {
        /// Its name; `terms`, `strategies`, `learners`, `games`, `matchmakers`, `evolution` or `columns` for a list.
        name: Option<String>,
    },
    /// Draw a run, finished or in progress, or many finished runs, as an interactive page: writes report.html.
    Report(ReportArgs),
    /// Compare finished runs: means over seeds with 95 % intervals, and differences from the first scenario by seed.
    Compare(CompareArgs),
    /// Put trained models to the test: other games, labels, tables and wordings, alongside the untrained model and
    /// constant policies.
    Evaluate(EvaluateArgs),
    /// Print the JSON Schema of scenario files.
    Schema,
}

/// What to draw.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// A run's folder, whose report lies beside its tables. Or several, or a folder that holds such folders: one page
    /// with means over seeds and differences between scenarios.
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// The page about several runs; default: report.html in the only folder.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite the file of --out if it exists.
    #[arg(long)]
    pub force: bool,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum ModelsVerb {
    /// List the models known by name.
    List,
    /// Find a model, fetching it if need be, and print where it is.
    Fetch {
        /// A name of the list.
        #[arg(default_value = "smollm2-135m-instruct")]
        name: String,
    },
}

/// Options of a run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The scenario file; the same as --scenario.
    #[arg(value_name = "FILE", conflicts_with = "scenario")]
    pub file: Option<PathBuf>,
    /// The scenario file.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Where to write; default: runs/SCENARIO-sSEED. With --seeds, the folder that holds the runs' folders; default:
    /// runs.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replaces the scenario's seed.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Run once for each seed: 1..5 (5 included; 1..=5 is the same) or 1,2,7. Finished seeds are skipped; unfinished
    /// seeds resume from their last checkpoint or restart.
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
    pub seeds: Option<Seeds>,
    /// Replaces the scenario's number of ticks.
    #[arg(long, value_name = "N")]
    pub ticks: Option<u32>,
    /// Replaces any field: populations.selfish.count=4, prompt.labels=["A","B"].
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Resume an unfinished run (killed, failed or interrupted) from its last checkpoint; the results are those of a
    /// run that never stopped. Implied by --seeds.
    #[arg(long)]
    pub resume: bool,
    /// Least time between two checkpoints, in minutes; 0: after every tick; never: none. An interrupted run (Ctrl-C,
    /// kill, a closed terminal) writes one after its current tick, and exits with 130.
    #[arg(long, default_value = "10", value_name = "MINUTES", value_parser = parse_checkpoints)]
    pub checkpoint: Checkpoints,
    /// Check the scenario and print what would run, without loading a model.
    #[arg(long)]
    pub dry_run: bool,
    /// Machine options.
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// Least time between two checkpoints of a run; `None`: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoints(pub Option<Duration>);

fn parse_checkpoints(text: &str) -> Result<Checkpoints, String> {
    if text == "never" {
        return Ok(Checkpoints(None));
    }
    let minutes = text.parse().ok().and_then(|minutes: f64| Duration::try_from_secs_f64(60.0 * minutes).ok());
    minutes.map(|minutes| Checkpoints(Some(minutes))).ok_or_else(|| "expected a number of minutes, or never".into())
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

/// Where to compute.
#[derive(Clone, Debug, Args)]
pub struct MachineArgs {
    /// auto, cpu or cuda:N; auto is cuda:0 where this build can use it and it answers, else cpu.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// f32 or bf16: number format of the base model's weights, on a GPU or a CPU with AVX512-BF16 (elsewhere f32).
    #[arg(long, default_value = "f32", value_name = "FORMAT")]
    pub precision: Precision,
    /// Memory that activations may take on a GPU. Default: a share of what is free.
    #[arg(long, value_name = "GIB", value_parser = parse_gibibytes)]
    pub device_memory: Option<u64>,
    /// Worker threads; results do not depend on it. Default: one per core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
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

/// How tables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people.
    Text,
    /// For programs: one row per scenario, population and column.
    Csv,
}

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Folders of runs, or folders that hold such folders. Runs of one scenario form a group; the other groups are
    /// compared with the first.
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// Average over the last N recorded ticks. With `output: (every: K)`, each recorded tick stands for K ticks.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub last: u64,
    /// The columns to show, separated by commas; default: a handful as text, all as CSV.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub format: TableFormat,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite the file of --out if it exists.
    #[arg(long)]
    pub force: bool,
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

/// What to evaluate.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Folders of runs whose language models learned. Without any, and without --adapter: the untrained model alone.
    #[arg(value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// A folder with a PEFT adapter, prompted as the first run's learners were, or by the default prompt. May be
    /// repeated.
    #[arg(long, value_name = "DIR")]
    pub adapter: Vec<PathBuf>,
    /// Base model of the adapters if no run is given.
    #[arg(long, default_value = "smollm2-135m-instruct")]
    pub model: String,
    /// The table to write; default: evaluation.csv in the folder of the only run.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite the table if it exists.
    #[arg(long)]
    pub force: bool,
    /// Labels that no model was trained with, the cooperative one first.
    #[arg(long, value_name = "C,D", value_delimiter = ',', num_args = 1, default_value = "action3,action4")]
    pub labels: Vec<String>,
    /// Parts of the suite to ask: game, labels, table, phrasing, unrelated. Default: all.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub parts: Vec<String>,
    /// Rounds of a match.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// How often the opponent cooperates: even (every action equally often), or published (as on the one test stream of
    /// Tennant et al. 2025).
    #[arg(long, value_name = "MIX", default_value = "even")]
    pub histories: Histories,
    /// Penalty for defecting on an opponent that has just cooperated.
    #[arg(long, value_name = "X", default_value_t = 3.0)]
    pub penalty: f64,
    /// In addition to the exact values, play N sampled matches.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub episodes: u32,
    /// Seed of those matches; all subjects face the same opponent.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub seed: u64,
    /// Machine options.
    #[command(flatten)]
    pub machine: MachineArgs,
}
