//! The commands that make runs.

use super::MachineArgs;
use crate::run::sweep::{DesignKind, Factor, Seeds};
use clap::{ArgGroup, Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// What is run, and how, whether once or many times.
#[derive(Debug, Args)]
pub struct EachArgs {
    /// The scenario file; the same as --scenario.
    #[arg(value_name = "FILE", conflicts_with = "scenario")]
    pub file: Option<PathBuf>,
    /// The scenario file.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Replaces the scenario's seed.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Replaces the scenario's number of ticks.
    #[arg(long, value_name = "N")]
    pub ticks: Option<u32>,
    /// Replaces any field: populations.selfish.count=4, prompt.labels=["A","B"]. `*` stands for every item:
    /// populations.*.count=4. Fields in parentheses are laid over those of the file; with := they replace them.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Least time between two checkpoints, in minutes; 0: after every tick; never: none. An interrupted run (Ctrl-C,
    /// kill, a closed terminal) writes one after its current tick, and exits with 130.
    #[arg(long, default_value = "10", value_name = "MINUTES", value_parser = parse_checkpoints)]
    pub checkpoint: Checkpoints,
    /// Play the replies of servers from this recording, a run's remote.jsonl or its folder, and ask no server.
    #[arg(long, value_name = "PATH")]
    pub replay: Option<PathBuf>,
    /// The most requests to servers, in place of the scenario's `remote.requests`; a run that has spent them stops, and
    /// goes on if it is resumed with more.
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

/// Options of a run, or of one for each of several seeds.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What is run, and how.
    #[command(flatten)]
    pub each: EachArgs,
    /// Where to write; default: runs/SCENARIO-sSEED. With --seeds, the folder that holds the runs' folders; default:
    /// runs.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Run once for each seed: 1..5 (5 included; 1..=5 is the same) or 1,2,7. Finished seeds are skipped; unfinished
    /// seeds resume from their last checkpoint or restart.
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
    pub seeds: Option<Seeds>,
    /// Resume an unfinished run (killed, failed or interrupted) from its last checkpoint; the results are those of a
    /// run that never stopped. Implied by --seeds.
    #[arg(long)]
    pub resume: bool,
    /// If the folder holds another run that has ended, however it ended, move it aside to FOLDER.old-1 (or the next
    /// number that is free). Nothing is removed.
    #[arg(long, conflicts_with_all = ["resume", "seeds"])]
    pub force: bool,
    /// Write the tables in another form as well: tensorboard writes event files to tensorboard/ in the run's folder,
    /// after every tick; with --seeds, at the end.
    #[arg(long, value_enum, value_name = "FORM")]
    pub log: Option<Log>,
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

/// What a run writes besides its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// Event files of TensorBoard.
    Tensorboard,
}

/// Which runs.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("varied").required(true).multiple(true).args(["vary", "seeds"])))]
pub struct SweepArgs {
    /// Vary a field: values separated by commas, or FROM..TO:STEP (end included). A comma inside brackets or quotes
    /// belongs to a value. May be repeated.
    #[arg(long, value_name = "PATH=VALUES")]
    pub vary: Vec<Factor>,
    /// full (every value with every other), paired (first with first, second with second) or latin (N samples spread
    /// evenly over ranges FROM..TO).
    #[arg(long, value_name = "DESIGN", default_value_t = DesignKind::Full)]
    pub design: DesignKind,
    /// Number of samples of a latin design.
    #[arg(long, value_name = "N")]
    pub samples: Option<u32>,
    /// Seed of the draws of a latin design; default: the scenario's.
    #[arg(long, value_name = "N")]
    pub design_seed: Option<u64>,
    /// Run every combination once for each seed: 1..5 (5 included; 1..=5 is the same) or 1,2,7. What is finished is
    /// skipped; what is unfinished resumes from its last checkpoint or restarts. Default: the scenario's seed.
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
    pub seeds: Option<Seeds>,
    /// The folder that holds the runs' folders; default: runs/SCENARIO, or runs if no field is varied.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write the tables in another form as well, at the end: tensorboard writes event files to tensorboard/ in each
    /// run's folder.
    #[arg(long, value_enum, value_name = "FORM")]
    pub log: Option<Log>,
    /// What is run, and how.
    #[command(flatten)]
    pub each: EachArgs,
}
