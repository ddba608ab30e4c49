//! Finds runs and reads what their manifests say.

use super::CompareError;
use crate::files::read_settings;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";

/// A run that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunFolder {
    /// The folder, as the user named it.
    pub path: PathBuf,
    /// Name of its scenario.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// The lines of its scenario, except the seed; empty if the folder has no scenario.
    pub settings: Vec<String>,
}

/// The fields of a manifest that are needed.
#[derive(Deserialize)]
struct Manifest {
    status: String,
    scenario: String,
    seed: u64,
}

/// Finds all runs in `folders`, each a run's folder or a folder of such folders, in the order given; the runs in one
/// folder are in order of their names.
pub(super) fn find(folders: &[PathBuf]) -> Result<Vec<RunFolder>, CompareError> {
    let mut paths = Vec::new();
    for folder in folders {
        let found = match folder.join(MANIFEST).is_file() {
            true => vec![folder.clone()],
            false if !folder.exists() => Vec::new(),
            false => inside(folder)?,
        };
        if found.is_empty() {
            return Err(CompareError::NoRun { path: folder.clone() });
        }
        paths.extend(found);
    }
    // A folder named twice, or once by itself and once with its parent, is one run.
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    let mut runs = Vec::new();
    let mut unfinished = Vec::new();
    for path in paths {
        let manifest = manifest(&path)?;
        if manifest.status != "done" {
            unfinished.push(path);
            continue;
        }
        let settings = settings(&path)?;
        runs.push(RunFolder { path, scenario: manifest.scenario, seed: manifest.seed, settings });
    }
    if unfinished.is_empty() { Ok(runs) } else { Err(CompareError::Unfinished { paths: unfinished }) }
}

/// The runs' folders in `folder`.
fn inside(folder: &Path) -> Result<Vec<PathBuf>, CompareError> {
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = entries.map_err(CompareError::io("read", folder))?;
    paths.retain(|path| path.join(MANIFEST).is_file());
    paths.sort();
    Ok(paths)
}

fn manifest(folder: &Path) -> Result<Manifest, CompareError> {
    let path = folder.join(MANIFEST);
    let text = read_settings(&path).map_err(CompareError::io("read", &path))?;
    serde_json::from_str(&text).map_err(|error| CompareError::NotATable { path, problem: error.to_string() })
}

/// The lines of the resolved scenario without its own seed, which is on a line of the outermost fields.
fn settings(folder: &Path) -> Result<Vec<String>, CompareError> {
    let path = folder.join("scenario.ron");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = read_settings(&path).map_err(CompareError::io("read", &path))?;
    Ok(text.lines().filter(|line| !line.starts_with("  seed:")).map(String::from).collect())
}
