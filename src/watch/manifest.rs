//! What `manifest.json` says of a run. Fields that it lacks, as one of another version may, are empty.

use crate::files::{LOCK, is_held, read_settings};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

/// Name of the file.
pub(super) const FILE: &str = "manifest.json";

/// What is shown of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// `running`, `done`, `failed`, `interrupted`, or `cut off`: it says that it is running, and no process works on
    /// it.
    pub status: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Ticks asked for.
    pub ticks: u64,
    /// Ticks played when it was written.
    pub ticks_played: u64,
    /// Seconds that the run had taken when it was written.
    pub seconds: f64,
    /// What the base model runs on.
    pub device: String,
    /// Worker threads.
    pub threads: u64,
    /// The base model.
    pub model: Option<Model>,
    /// The memory that was planned for.
    pub memory: Option<Memory>,
    /// Agents whose learning an error stopped.
    pub halted: Vec<Halted>,
    /// What ended the run before its end.
    pub error: Option<String>,
}

/// A base model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Its name.
    pub name: String,
}

/// The memory of a run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Bytes at its peak, as estimated before anything was run.
    pub peak_bytes_estimated: u64,
}

/// An agent whose learning stopped.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Halted {
    /// Its name.
    pub agent: String,
}

impl Manifest {
    /// The manifest in `folder` and when it was written; `None` if there is none.
    ///
    /// # Errors
    /// With a sentence, if it cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Option<(Self, Option<SystemTime>)>, String> {
        let path = folder.join(FILE);
        let text = match read_settings(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot read {FILE}: {error}")),
        };
        let written = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let mut manifest: Self =
            serde_json::from_str(&text).map_err(|error| format!("{FILE} is no manifest: {error}"))?;
        let lock = folder.join(LOCK);
        if manifest.is_running() && lock.is_file() && !is_held(&lock) {
            manifest.status = "cut off".into();
        }
        Ok(Some((manifest, written)))
    }

    /// Whether the run has not ended, as far as it says.
    pub fn is_running(&self) -> bool {
        self.status == "running"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_no_process_works_on_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let status = || Manifest::read(dir.path()).unwrap().unwrap().0.status;
        std::fs::write(dir.path().join(FILE), r#"{"status": "running"}"#).unwrap();
        assert_eq!(status(), "running", "without a lock, nothing else is known");
        let lock = std::fs::File::create(dir.path().join(LOCK)).unwrap();
        assert_eq!(status(), "cut off");
        lock.lock().unwrap();
        assert_eq!(status(), "running");
        drop(lock);
        std::fs::write(dir.path().join(FILE), r#"{"status": "done"}"#).unwrap();
        assert_eq!(status(), "done");
    }
}
