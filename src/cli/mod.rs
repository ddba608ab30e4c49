//! The command line: types only.

mod asking;
mod input;
mod results;
mod running;
mod runs;
mod setup;

pub use asking::{ChatArgs, ExplainArgs, PlayArgs, PromptArgs, ScoreArgs, ScoreEngine};
pub use input::{Format, MachineArgs};
pub use results::{
    CompareArgs, EvaluateArgs, ExportArgs, ExportFormat, Fitness, MergeArgs, MetaArgs, ReportArgs, TableFormat,
    TournamentArgs, TournamentFormat,
};
pub use running::{Checkpoints, ClusterArgs, EachArgs, Emit, Log, RunArgs, SweepArgs};
pub use runs::{CleanArgs, ListArgs, ShowArgs, TickRange, VerifyArgs, WatchArgs};
pub use setup::{ModelsVerb, NewArgs};

use crate::run::Manifest;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::sync::LazyLock;

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
    /// Merge the runs of a sweep that --emit has listed: their tables as one, and means over seeds. Names the runs that
    /// are missing.
    #[command(arg_required_else_help = true)]
    Merge(MergeArgs),
    /// Print the tables of a tournament: ranks, scores, cooperation, wins and payoff differences of its populations.
    Tournament(TournamentArgs),
    /// Put trained models to the test: other games, labels, tables and wordings, alongside the untrained model and
    /// constant policies.
    Evaluate(EvaluateArgs),
    /// The empirical game between finished runs and strategies: who gets what from whom, who takes over whom, and what
    /// lasts.
    #[command(arg_required_else_help = true)]
    Meta(MetaArgs),
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
