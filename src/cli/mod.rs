//! The command line: types only.

mod runs;

pub use runs::{CleanArgs, ListArgs, ShowArgs, SweepArgs, TickRange, VerifyArgs};

use crate::evaluate::histories::Histories;
use crate::host::parse_gibibytes;
use crate::llm::engine::machine::DeviceChoice;
use crate::llm::engine::precision::Precision;
use crate::run::sweep::Seeds;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
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
    /// Write a scenario of your own from a template. Without arguments, list the templates; in a terminal, ask.
    New(NewArgs),
    /// Run a design: a scenario with some of its fields varied, once for each combination and seed.
    #[command(arg_required_else_help = true)]
    Sweep(SweepArgs),
    /// List runs: scenario, seed, what was varied, how they ended, when, and how long they took.
    List(ListArgs),
    /// Show one run: what was run, when and where, how it ended, and the files that it left.
    Show(ShowArgs),
    /// Check a finished run: hash its files, run it again, and compare every table and adapter to the byte.
    Verify(VerifyArgs),
    /// List what can be removed: checkpoints of finished runs, and runs that failed or hold nothing. Removes it with
    /// --yes.
    Clean(CleanArgs),
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
    /// Explain anything that has a name: reward terms, strategies, games, policies, learners, columns, fields, words.
    Explain(ExplainArgs),
    /// Play against an agent of a run or of a scenario, or against a strategy.
    Play(PlayArgs),
    /// Talk to a language model, with or without an agent's adapter.
    Chat(ChatArgs),
    /// Write runs in the format of another program: tables as Parquet or for TensorBoard, adapters for the Hub.
    Export(ExportArgs),
    /// Draw a run, finished or in progress, or many finished runs, as an interactive page: writes report.html.
    Report(ReportArgs),
    /// Watch a run, or the runs of a folder, in this terminal while they go on.
    Watch(WatchArgs),
    /// Compare finished runs: means over seeds with 95 % intervals, and differences from a baseline by seed.
    Compare(CompareArgs),
    /// Put trained models to the test: other games, labels, tables and wordings, alongside the untrained model and
    /// constant policies.
    Evaluate(EvaluateArgs),
    /// Print the JSON Schema of scenario files.
    Schema,
    /// Print completions for a shell: `sim completions bash > /etc/bash_completion.d/sim`.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page: `sim man > sim.1`.
    Man {
        /// A command, for a page of its own.
        command: Option<String>,
    },
}

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
    /// runs. With --vary the same; default: runs/SCENARIO.
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
    /// Replaces any field: populations.selfish.count=4, prompt.labels=["A","B"]. `*` stands for every item:
    /// populations.*.count=4. Fields in parentheses are laid over those of the file; with := they replace them.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Resume an unfinished run (killed, failed or interrupted) from its last checkpoint; the results are those of a
    /// run that never stopped. Implied by --seeds.
    #[arg(long)]
    pub resume: bool,
    /// If the folder holds another run that has ended, however it ended, move it aside to FOLDER.old-1 (or the next
    /// number that is free). Nothing is removed.
    #[arg(long, conflicts_with_all = ["resume", "seeds"])]
    pub force: bool,
    /// Least time between two checkpoints, in minutes; 0: after every tick; never: none. An interrupted run (Ctrl-C,
    /// kill, a closed terminal) writes one after its current tick, and exits with 130.
    #[arg(long, default_value = "10", value_name = "MINUTES", value_parser = parse_checkpoints)]
    pub checkpoint: Checkpoints,
    /// Write the tables in another form as well: tensorboard writes event files to tensorboard/ in the run's folder,
    /// after every tick; with --seeds, at the end.
    #[arg(long, value_enum, value_name = "FORM")]
    pub log: Option<Log>,
    /// Play the replies of servers from this recording, a run's remote.jsonl or its folder, and ask no server.
    #[arg(long, value_name = "PATH")]
    pub replay: Option<PathBuf>,
    /// The most requests to servers, in place of the scenario's `remote.requests`; a run that has spent them stops, and
    /// --resume with more continues it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_requests: Option<u64>,
    /// The most tokens that servers may report as used, in place of the scenario's `remote.tokens`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_tokens: Option<u64>,
    /// Check the scenario and print what would run, without loading a model or asking a server.
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

/// What to start from.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The template.
    pub template: Option<String>,
    /// The file to write, which must not be there yet: .ron, or .json, .yaml or .toml without the comments. Default:
    /// TEMPLATE.ron.
    pub file: Option<PathBuf>,
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
    /// For programs: one row per group, population and column.
    Csv,
    /// The same as CSV, with the groups.
    Json,
    /// The tables for people, for a Markdown document.
    Markdown,
    /// The tables for people, each a LaTeX tabular that needs no package.
    Latex,
}

/// What a run writes besides its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// Event files of TensorBoard.
    Tensorboard,
}

/// Formats of other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A file per table, with a type for every column; for pandas, Polars, DuckDB, R.
    Parquet,
    /// Event files with the means of every population.
    Tensorboard,
    /// A folder per adapter for the Hugging Face Hub, with the run's evaluation in its card.
    Hub,
}

impl ExportFormat {
    /// The folder for it in a run's folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Tensorboard => crate::export::tensorboard::FOLDER,
            Self::Hub => "hub",
        }
    }
}

/// What to export.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Folders of runs.
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// The format.
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// The folder to write to, where every run gets a folder of its name; default: a folder named after the format in
    /// each run's folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Overwrite an earlier export.
    #[arg(long)]
    pub force: bool,
}

/// What to watch.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Folders of runs, or folders that hold such folders.
    #[arg(value_name = "DIR", default_value = "runs")]
    pub folders: Vec<PathBuf>,
    /// Print one look as text and end.
    #[arg(long)]
    pub once: bool,
}

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Folders of runs, or folders that hold such folders. Runs of one scenario with the same factors form a group; the
    /// other groups are compared with the baseline. Runs that are not done are left out.
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// The group that others are compared with: a scenario's name, factor=value,… or both. If several groups fit, each
    /// is compared with the one that is otherwise like it. Default: the group of the first folder.
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Average over the last N recorded ticks; default: the last tenth of them, at least 1. With `output: (every: K)`,
    /// each recorded tick stands for K ticks.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub last: Option<u64>,
    /// The columns to show, separated by commas; default: a handful for people, all for programs. `nearest_strategy`
    /// gives the share of each strategy.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Show this column at every recorded tick.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["columns", "last", "baseline", "evaluation"])]
    pub curve: Option<String>,
    /// Compare what `sim evaluate` measured, from the runs' evaluation.csv.
    #[arg(long, conflicts_with = "last")]
    pub evaluation: bool,
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
    /// Folders of runs whose language models learned, or folders that hold such folders. Without any, and without
    /// --adapter: the untrained model alone.
    #[arg(value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// A folder with a PEFT adapter, prompted as the first run's learners were, or by the default prompt. May be
    /// repeated.
    #[arg(long, value_name = "DIR")]
    pub adapter: Vec<PathBuf>,
    /// Base model of the adapters if no run is given.
    #[arg(long, default_value = "smollm2-135m-instruct")]
    pub model: String,
    /// The table to write, with a summary beside it; default: evaluation.csv in each run's folder, and of all its runs
    /// in a folder that holds them.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite tables that exist.
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
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Machine options.
    #[command(flatten)]
    pub machine: MachineArgs,
}
