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
    /// A figure for papers and documents: means with intervals along what was varied, or over the ticks with --curve.
    Svg,
}

/// What to merge.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The folder of the sweep, with its sweep.json.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Merge a table of every agent's moves, of pairs or of another kind as well: pairs, moves, … May be repeated.
    /// strategy_evolution and social_outcomes are always merged.
    #[arg(long, value_name = "TABLE")]
    pub table: Vec<String>,
    /// Merge the runs that are done although others are missing, into a folder that says so.
    #[arg(long)]
    pub partial: bool,
    /// Where to write; default: FOLDER/merged, with --partial FOLDER/merged-partial if a run is missing.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How a tournament is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TournamentFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A figure for papers and documents: the scores of the recorded ticks as boxes, by rank.
    Svg,
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
    /// The columns to show, separated by commas; default: a handful for people, all for programs, cooperation for a
    /// figure, which has a panel per column. `nearest_strategy` gives the share of each strategy.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// The populations to show, separated by commas; `all agents` stands for the numbers of all together. Default: all.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub populations: Vec<String>,
    /// What lies on the x axis of a figure: a factor, by its path or the end of it, `scenario` or `population`.
    /// Default: the factor with most values; without factors the scenario; of one group the population.
    #[arg(long, value_name = "FACTOR", conflicts_with = "curve")]
    pub along: Option<String>,
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

/// Which tournament to print the tables of.
#[derive(Debug, Args)]
pub struct TournamentArgs {
    /// The run's folder, which holds pairs.csv.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// How to print; JSON also has the payoffs of each population against each.
    #[arg(long, value_enum, default_value_t = TournamentFormat::Text)]
    pub format: TournamentFormat,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite the file of --out if it exists.
    #[arg(long, requires = "out")]
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

/// What selection looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fitness {
    /// What the game pays.
    Payoff,
    /// What a type is rewarded for; of a strategy, what the game pays.
    Reward,
}

/// What the empirical game is made of.
#[derive(Debug, Args)]
pub struct MetaArgs {
    /// Folders of finished runs or folders that hold such folders, and scenario files. Every population is a type; the
    /// seeds of one scenario are its replicates, over which intervals are made.
    #[arg(value_name = "RUN|SCENARIO")]
    pub sources: Vec<PathBuf>,
    /// A strategy as a scenario writes it: TitForTat, or GenerousTitForTat(p: 0.3). May be repeated.
    #[arg(long, value_name = "STRATEGY")]
    pub strategy: Vec<String>,
    /// Make every action of the game a type that always takes it: games of any number of players and actions, as in
    /// --actions --set 'game=OptionalPublicGoods(players: 5, multiplier: 3.0, loner: 1.0)'.
    #[arg(long)]
    pub actions: bool,
    /// Change what all types play: game, rounds, noise or opening, as a scenario writes them, and nothing else.
    /// game='Named("stag_hunt")', rounds='Fixed(20)', noise=0.05, opening=MadeUp. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Read the language models of runs after their last update, from their saved adapters, instead of as the last tick
    /// was played. Loads the base model of every run.
    #[arg(long)]
    pub after_training: bool,
    /// What selection looks at.
    #[arg(long, value_enum, default_value_t = Fitness::Payoff)]
    pub fitness: Fitness,
    /// Probability μ that an agent mutates to another type. In addition to rare mutants: the replicator–mutator
    /// equation, and the chain over all compositions of up to four types.
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    pub mutation: f64,
    /// The strength of selection β to show first.
    #[arg(long, value_name = "X", default_value_t = 0.1)]
    pub strength: f64,
    /// Other strengths, for the page and the tables.
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "0.001,0.01,0.03,0.1,0.3,1,3,10")]
    pub strengths: Vec<f64>,
    /// The size of the population N to show first.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub population: usize,
    /// Other sizes, for the page and the tables.
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "10,20,50,100,200")]
    pub sizes: Vec<usize>,
    /// Time until which the replicator equation is followed.
    #[arg(long, value_name = "T", default_value_t = 50.0)]
    pub time: f64,
    /// Draws of the bootstrap over training seeds; 0 for no intervals.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub draws: u32,
    /// Matches of every pair whose payoffs are not exact.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub matches: u32,
    /// Seed of the draws, of these matches, and of strategies that are drawn at random.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Take populations whose probabilities were counted from their decisions, too.
    #[arg(long)]
    pub counted: bool,
    /// The folder to write to.
    #[arg(long, value_name = "DIR", default_value = "meta")]
    pub out: PathBuf,
    /// Overwrite files in that folder.
    #[arg(long)]
    pub force: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}
