//! What goes wrong between a run's files and those of other programs.

use std::io;
use std::path::{Path, PathBuf};

/// Why a run, or one of its tables, cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The system refuses to read or write.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file is not what its name says.
    #[error("{}: {problem}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        problem: String,
    },
}

impl ExportError {
    /// Names what was tried, and where, in an error of the system.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_path_buf(), source }
    }

    /// A file that is not what its name says.
    pub(super) fn broken(path: &Path, problem: impl Into<String>) -> Self {
        Self::Broken { path: path.to_path_buf(), problem: problem.into() }
    }
}
