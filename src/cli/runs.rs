//! The commands that look after runs.

use super::{Format, MachineArgs};
use crate::run::sweep::whole_range;
use clap::Args;
use std::path::PathBuf;

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
    /// Run only up to tick B, and compare only the rows of the ticks from A to B. Both are included; the first tick is
    /// 0.
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
