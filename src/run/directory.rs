//! The folder a run leaves behind.

use super::RunError;
use std::fs;
use std::path::{Path, PathBuf};

/// A run's folder, made for it and empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory(pub PathBuf);

impl RunDirectory {
    /// Where a run goes if nobody says otherwise.
    pub fn default_path(scenario: &str, seed: u64) -> PathBuf {
        Path::new("runs").join(format!("{scenario}-s{seed}"))
    }

    /// Makes the folder. One that is there already must be empty: nothing is ever overwritten.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        if path.is_file() {
            return Err(RunError::OutputIsFile { path: path.to_path_buf() });
        }
        fs::create_dir_all(path).map_err(|source| RunError::write(path, source))?;
        let mut entries = fs::read_dir(path).map_err(|source| RunError::write(path, source))?;
        if entries.next().is_some() {
            return Err(RunError::OutputTaken { path: path.to_path_buf() });
        }
        Ok(Self(path.to_path_buf()))
    }

    /// Writes `text` to `name` at once: a reader finds the old text or the new one, never half of it.
    pub fn write(&self, name: &str, text: &str) -> Result<(), RunError> {
        let (path, partial) = (self.0.join(name), self.0.join(format!(".{name}.partial")));
        let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, &path));
        written.map_err(|source| RunError::write(&path, source))
    }

    /// The folder for the adapter of `agent`.
    pub fn adapter(&self, agent: &str) -> PathBuf {
        self.0.join("adapters").join(agent)
    }
}
