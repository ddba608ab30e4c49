//! The reasons why runs cannot be compared, and what to do about them.

use std::io;
use std::path::{Path, PathBuf};

/// The reason why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// Something cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// A verb: read, write.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file is not what a run writes.
    #[error("{}: {problem}; is this the folder of a run?", path.display())]
    NotATable {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// A folder without runs.
    #[error(
        "there is no run in {}: expected a run's folder, with its manifest.json, or a folder of such folders, such as runs",
        path.display()
    )]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// Runs that are still in progress, or were stopped.
    #[error(
        "not done yet: {}. Let them end, run them again (`sim --scenario FILE --seeds LIST` does so), or name the folders \
         of the others",
        list(paths)
    )]
    Unfinished {
        /// Their folders.
        paths: Vec<PathBuf>,
    },
    /// Two runs with the same seed.
    #[error(
        "seed {seed} of `{scenario}` is there twice: {} and {}. Leave one out; for runs that differ in their settings, give \
         each setting a name of its own with --set name=…",
        first.display(),
        second.display()
    )]
    SeedTwice {
        /// Name of the scenario.
        scenario: String,
        /// The seed.
        seed: u64,
        /// A folder with it.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// Two runs with the same name and different settings.
    #[error(
        "{} and {} are both called `{scenario}` but differ in more than the seed: {difference}. Compare them under names of \
         their own: run one of them again with --set name=…",
        first.display(),
        second.display()
    )]
    Settings {
        /// The name.
        scenario: String,
        /// A folder.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// The first line that differs.
        difference: String,
    },
    /// Two runs of one scenario with rows about different ticks.
    #[error(
        "the last ticks of {} are {first_ticks}, of {} {second_ticks}: runs of one scenario are compared at the same ticks",
        first.display(),
        second.display()
    )]
    Ticks {
        /// A table.
        first: PathBuf,
        /// Its ticks.
        first_ticks: String,
        /// Another.
        second: PathBuf,
        /// Its ticks.
        second_ticks: String,
    },
    /// Fewer ticks than asked for.
    #[error("{} has {found} recorded ticks, fewer than the last {wanted} that were asked for with --last", path.display())]
    FewTicks {
        /// The table.
        path: PathBuf,
        /// Number of ticks asked for.
        wanted: usize,
        /// Number of ticks found.
        found: usize,
    },
    /// A column that no table has.
    #[error("no table has a column `{name}`.{hint} There are: {}", known.join(", "))]
    UnknownColumn {
        /// The column that was asked for.
        name: String,
        /// The nearest one, as a question; empty if none is near.
        hint: String,
        /// All known columns.
        known: Vec<String>,
    },
}

impl CompareError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
