//! The commands that make many runs, and those that look after runs.

use super::{Format, MachineArgs, RunArgs};
use crate::run::sweep::{DesignKind, Factor};
use clap::{ArgGroup, Args};
use std::path::PathBuf;

/// Which runs.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("varied").required(true).multiple(true).args(["vary", "seeds"])))]
pub struct SweepArgs {
    /// Vary a field: values separated by commas, or FROM..TO:STEP (end included). A comma inside brackets or quotes
    /// belongs to a value. May be repeated.
    #[arg(long, value_name = "PATH=VALUES", conflicts_with = "force")]
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
    /// Options of each run.
    #[command(flatten)]
    pub run: RunArgs,
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
    /// Run only up to tick B, and compare only the rows of the ticks from A to B.
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
    let expected = || format!("`{text}` is no range of ticks; expected A..B, such as 0..9 (9 included)");
    let (first, last) = text.split_once("..").ok_or_else(expected)?;
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| expected());
    let (first, last) = (number(first)?, number(last.strip_prefix('=').unwrap_or(last))?);
    if first <= last { Ok(TickRange { first, last }) } else { Err(format!("`{text}` runs backwards")) }
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
