//! The commands that read what runs have left.

use super::{Format, MachineArgs};
use crate::evaluate::histories::Histories;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
    /// Folders of runs, or folders that hold such folders.
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
    /// Show this column at every recorded tick; with --baseline, the differences from it.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["columns", "last", "evaluation"])]
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
