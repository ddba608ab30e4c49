//! The command line: types only.

mod asking;
mod results;
mod runs;

pub use asking::{ChatArgs, ExplainArgs, PlayArgs, PromptArgs, ScoreArgs, ScoreEngine};
pub use results::{CompareArgs, EvaluateArgs, ExportArgs, ExportFormat, ReportArgs, TableFormat, WatchArgs};
pub use runs::{CleanArgs, ListArgs, ShowArgs, SweepArgs, TickRange, VerifyArgs};

use crate::host::parse_gibibytes;
use crate::llm::engine::machine::DeviceChoice;
use crate::llm::engine::precision::Precision;
use crate::run::Manifest;
use crate::run::sweep::Seeds;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

/// What `--version` says: version, commit and features, as manifests have them.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (version, commit) = Manifest::this_program();
    let commit = commit.map_or_else(String::new, |commit| format!("commit {commit}, "));
    let features = if cfg!(feature = "cuda") { "cuda" } else { "none" };
    format!("{version} ({commit}features: {features})")
});

/// Simulates populations of agents that play social dilemmas under moral rewards and learn while the others learn.
#[derive(Debug, Parser)]
#[command(name = "sim", version = VERSION.as_str(), args_conflicts_with_subcommands = true, arg_required_else_help = true)]
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
    /// Watch live runs in this terminal: one run, or those of a folder.
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
    /// runs, and runs/SCENARIO where `sim sweep` varies fields.
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

/// What a run writes besides its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// Event files of TensorBoard.
    Tensorboard,
}
