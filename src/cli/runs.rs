//! The commands that make many runs, and those that look after runs.

use super::{EachArgs, Format, Log, MachineArgs};
use crate::run::sweep::{DesignKind, Factor, Seeds, whole_range};
use clap::{ArgGroup, Args};
use std::path::PathBuf;

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

/// Which runs to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// A folder that holds runs, at any depth.
    #[arg(value_name = "DIR", default_value = "runs")]
    pub folder: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Which run to show.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run's folder.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Which run to check, and how thoroughly.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The run's folder.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Only compare the files with the hashes in the manifest; run nothing.
    #[arg(long, conflicts_with = "ticks")]
    pub hashes_only: bool,
    /// Run only up to tick B, and compare only the rows of the ticks from A to B. Both are included; the first tick is 0.
    #[arg(long, value_name = "A..B", value_parser = parse_ticks)]
    pub ticks: Option<TickRange>,
    /// Machine options.
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// First and last tick of a window, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickRange {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

fn parse_ticks(text: &str) -> Result<TickRange, String> {
    let expected = "is no range of ticks; expected A..B, such as 0..9 (9 included)";
    let (first, last) = whole_range(text, expected)?;
    let tick = |number: u64| u32::try_from(number).map_err(|_| format!("`{text}` {expected}"));
    Ok(TickRange { first: tick(first)?, last: tick(last)? })
}

/// What to clean.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// A folder that holds runs, at any depth.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Remove what is listed.
    #[arg(long)]
    pub yes: bool,
}
