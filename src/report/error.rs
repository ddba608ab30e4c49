//! The reasons why there is no report.

use std::io;
use std::path::PathBuf;

/// The reason why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A table is missing, or the report cannot be written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// A verb: read, write.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A folder without finished runs.
    #[error("there is no finished run in {}: expected a run's folder, or a folder of such folders, such as runs", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not a table that a run writes.
    #[error("{}: {problem}; is this the folder of a run?", path.display())]
    NotATable {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
}
