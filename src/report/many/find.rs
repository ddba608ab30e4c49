//! Finds finished runs.

use crate::compare::DEPTH;
use crate::files::{EVOLUTION_TABLE, folders_with};
use crate::report::ReportError;
use crate::report::run::manifest;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A finished run.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its folder.
    pub path: PathBuf,
    /// Its scenario.
    pub scenario: String,
    /// Its scenario and the values that were varied, as a label.
    pub label: String,
    /// Its seed.
    pub seed: u64,
}

/// The finished runs in `folders`, and a sentence for each run that is not finished.
pub(super) fn find(folders: &[PathBuf]) -> Result<(Vec<Found>, Vec<String>), ReportError> {
    let (mut found, mut notes, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for folder in folders {
        let there = folders_with(folder, "manifest.json", DEPTH);
        notes.extend(
            there.unreadable.iter().map(|(path, error)| format!("cannot look into {}: {error}", path.display())),
        );
        if there.found.is_empty() {
            return Err(ReportError::NoRun { path: folder.clone() });
        }
        for path in there.found {
            if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                continue;
            }
            match finished(&path) {
                Ok(run) => found.push(run),
                Err(status) => notes.push(format!("{} is left out: {status}", path.display())),
            }
        }
    }
    match folders.first() {
        Some(path) if found.is_empty() => Err(ReportError::NoRun { path: path.clone() }),
        _ => Ok((found, notes)),
    }
}

/// The run in `path`, or what it is instead of finished.
fn finished(path: &Path) -> Result<Found, String> {
    let manifest = manifest(path);
    let text = |key: &str| manifest.get(key).and_then(Value::as_str);
    let (Some(scenario), Some(seed)) = (text("scenario"), manifest.get("seed").and_then(Value::as_u64)) else {
        return Err("its manifest.json names no scenario and seed".into());
    };
    match text("status") {
        Some("done") if path.join(EVOLUTION_TABLE).is_file() => {}
        Some("done") => return Err(format!("it has no {EVOLUTION_TABLE}")),
        Some(status) => return Err(format!("it is not finished ({status})")),
        None => return Err("its manifest.json has no status".into()),
    }
    let mut label = scenario.to_owned();
    if let Some(factors) = manifest.get("factors").and_then(Value::as_object) {
        for (name, value) in factors {
            let value = value.as_str().map_or_else(|| value.to_string(), String::from);
            label += &format!(", {name}={value}");
        }
    }
    Ok(Found { path: path.to_path_buf(), scenario: scenario.to_owned(), label, seed })
}
