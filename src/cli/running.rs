//! The commands that make runs.

use super::MachineArgs;
use crate::host::parse_gibibytes;
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
    /// Runs that other programs start.
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// What starts the runs of a sweep in place of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// A command for each run, one on a line, for xargs or GNU parallel.
    List,
    /// A script with an array of jobs, and a job that merges.
    Slurm,
    /// The manifest of an indexed Job.
    K8s,
}

/// A sweep on a cluster.
#[derive(Debug, Args)]
#[command(next_help_heading = "Clusters")]
pub struct ClusterArgs {
    /// Check on this machine whatever can be checked of every run without loading a model, and run nothing.
    #[arg(long, conflicts_with_all = ["dry_run", "log", "replay"])]
    pub validate: bool,
    /// Run nothing, and write into the folder of --out what starts the runs. Every command of it may be repeated at any
    /// time: runs that are done are skipped, others go on or begin again. `sim merge` takes the results together.
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["dry_run", "log", "replay", "validate"])]
    pub emit: Option<Emit>,
    /// Runs of a task. Default: as many as take a quarter of an hour by the forecast, and more if there would be over
    /// 1000 tasks.
    #[arg(long, value_name = "N", requires = "emit", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub pack: Option<u32>,
    /// Minutes that a task may take. Default: four times the forecast, and 10 minutes; a day where there is none.
    #[arg(long, value_name = "MINUTES", requires = "emit", value_parser = clap::value_parser!(u32).range(1..=525_600))]
    pub walltime: Option<u32>,
    /// Memory that a run may count on, in place of what is free here; with --emit, what each task asks for. Results do
    /// not depend on it. Processors are those of --threads, by default one.
    #[arg(long, value_name = "GIB", value_parser = parse_gibibytes)]
    pub memory: Option<u64>,
    /// The image of the containers, with `sim` on its path.
    #[arg(long, value_name = "IMAGE", requires = "emit")]
    pub image: Option<String>,
    /// The claim of the volume that holds the scenario and the runs; it is mounted where this command is given.
    #[arg(long, value_name = "CLAIM", requires = "emit")]
    pub claim: Option<String>,
    /// What --emit writes into the command of a run: its id. A run of which the scenario, a file that it names or `sim`
    /// has changed is refused, and nothing is written besides the run's folder.
    #[arg(long, value_name = "ID", conflicts_with_all = ["emit", "validate"])]
    pub task: Option<String>,
}

impl ClusterArgs {
    /// Whether nothing is run in this process.
    pub fn is_elsewhere(&self) -> bool {
        self.validate || self.emit.is_some()
    }
}
