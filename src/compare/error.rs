//! The reasons why runs cannot be compared, and what to do about them.

use std::io;
use std::path::{Path, PathBuf};

/// How the reason begins why an unfinished run is left out, after its folder.
pub(super) const UNFINISHED: &str = "is not done yet";

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
    /// Every run had to be left out.
    #[error(
        "there is nothing to compare: {}{}",
        reasons.join("; "),
        if reasons.iter().any(|reason| reason.contains(UNFINISHED)) {
            ". Unfinished runs are finished by the command that began them, with --resume or --seeds"
        } else {
            ""
        }
    )]
    NothingLeft {
        /// The reasons, run by run.
        reasons: Vec<String>,
    },
    /// Two runs with the same name and different settings.
    #[error(
        "{} and {} are both called `{group}` but differ in more than the seed: {difference}. Compare them under names of \
         their own: run one of them again with --set name=…",
        first.display(),
        second.display()
    )]
    Settings {
        /// The name.
        group: String,
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
        /// A run.
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
    /// A table without rows.
    #[error("{} has no rows", path.display())]
    NoTicks {
        /// The table.
        path: PathBuf,
    },
    /// More points than a curve may have.
    #[error("{} has more than {most} values of `{column}`, too many for a curve; read the table itself", path.display())]
    ManyPoints {
        /// The table.
        path: PathBuf,
        /// The column.
        column: String,
        /// The most.
        most: usize,
    },
    /// A run that was not evaluated.
    #[error("{} was not evaluated: there is no evaluation.csv in it, which `sim evaluate {}` writes", path.display(), path.display())]
    NotEvaluated {
        /// The run.
        path: PathBuf,
    },
    /// A run that was evaluated in another way than the first.
    #[error(
        "{} was evaluated with {found}, {} with {expected}; evaluate it again with `sim evaluate --force`",
        path.display(),
        first.display()
    )]
    OtherSuite {
        /// The run.
        path: PathBuf,
        /// How it was evaluated.
        found: String,
        /// The first run.
        first: PathBuf,
        /// How that was evaluated.
        expected: String,
    },
    /// A column that no table has.
    #[error("no table has a column `{name}`{hint} Columns: {}", known.join(", "))]
    UnknownColumn {
        /// The column that was asked for.
        name: String,
        /// The nearest one, as a question; empty if none is near.
        hint: String,
        /// All known columns.
        known: Vec<String>,
    },
    /// A population that no number is about.
    #[error("no number here is about a population `{name}`{hint} Populations: {}", known.join(", "))]
    UnknownPopulation {
        /// The population that was asked for.
        name: String,
        /// The nearest one, as a question; empty if none is near.
        hint: String,
        /// Those that there are numbers about.
        known: Vec<String>,
    },
    /// An x axis that is nothing that differs between groups.
    #[error("--along `{wanted}` {problem}{hint} A figure goes along: {}", known.join(", "))]
    Along {
        /// What was asked for.
        wanted: String,
        /// What is wrong with it.
        problem: String,
        /// The nearest name, as a question; empty if none is near.
        hint: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A figure that nobody could read.
    #[error("there is no figure of this: {problem}. {advice}")]
    NoFigure {
        /// The reason.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// A baseline that is no group.
    #[error("--baseline `{wanted}` {problem}{hint} Groups: {}", known.join("; "))]
    Baseline {
        /// What was asked for.
        wanted: String,
        /// What is wrong with it.
        problem: String,
        /// The nearest group, as a question; empty if none is near.
        hint: String,
        /// The groups.
        known: Vec<String>,
    },
}

impl CompareError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
