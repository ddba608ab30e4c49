//! Finds runs and reads what their manifests say.

use super::CompareError;
use super::error::UNFINISHED;
use crate::files::{LOCK, folders_with, is_held, read_settings};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";
/// Runs are looked for this many levels below the folder that is named: in studies, their cells, and the seeds of
/// these.
pub const DEPTH: usize = 3;

/// A run that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunFolder {
    /// The folder, as the user named it.
    pub path: PathBuf,
    /// Name of its scenario.
    pub scenario: String,
    /// What was varied in it, and the value: see [`Factors`].
    pub factors: Factors,
    /// Its seed.
    pub seed: u64,
    /// The lines of its scenario, except the seed; empty if the folder has no scenario.
    pub settings: Vec<String>,
}

/// What was varied in a run of a design, as (path in the scenario, value), in the order of the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors(pub Vec<(String, String)>);

impl Factors {
    /// The value of a factor.
    pub fn value(&self, factor: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == factor).map(|(_, value)| value.as_str())
    }

    /// `noise=0,ticks=10`; empty without factors.
    pub fn label(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
    }
}

impl<'de> Deserialize<'de> for Factors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Factors;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map from what was varied to its value")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Factors, M::Error> {
                let mut factors = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                    let text = value.as_str().map_or_else(|| value.to_string(), String::from);
                    factors.push((name, text));
                }
                Ok(Factors(factors))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Factors, E> {
                Ok(Factors::default())
            }
        }
        deserializer.deserialize_any(InOrder)
    }
}

/// The fields of a manifest that are needed.
#[derive(Deserialize)]
struct Manifest {
    status: String,
    scenario: String,
    seed: u64,
    #[serde(default)]
    factors: Factors,
}

/// Finds all runs in `folders`, each a run's folder or a folder of such folders, in the order given; the runs in one
/// folder are in order of their names. Runs that are not done or cannot be read are left out, and `notes` says why.
pub(super) fn find(folders: &[PathBuf], notes: &mut Vec<String>) -> Result<Vec<RunFolder>, CompareError> {
    let mut paths = Vec::new();
    for folder in folders {
        let there = folders_with(folder, MANIFEST, DEPTH);
        if folder.exists() {
            notes.extend(there.problems());
        }
        if there.found.is_empty() {
            return Err(CompareError::NoRun { path: folder.clone() });
        }
        paths.extend(there.found);
    }
    // A folder named twice, or once by itself and once with its parent, is one run.
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    let mut runs = Vec::new();
    for path in paths {
        match read(&path) {
            Ok(Ok(run)) => runs.push(run),
            Ok(Err(status)) => notes.push(format!("{} {UNFINISHED} ({status})", path.display())),
            Err(error) => notes.push(error.to_string()),
        }
    }
    Ok(runs)
}

/// The factors of the run in `folder`; none if it has no manifest.
///
/// # Errors
/// If the manifest is not what a run writes.
pub fn factors(folder: &Path) -> Result<Factors, CompareError> {
    if folder.join(MANIFEST).is_file() { Ok(manifest(folder)?.factors) } else { Ok(Factors::default()) }
}

/// A run, or its status if it is not done.
fn read(path: &Path) -> Result<Result<RunFolder, String>, CompareError> {
    let Manifest { status, scenario, seed, factors } = manifest(path)?;
    match status.as_str() {
        "done" => {}
        // A process that works on a run holds its lock, whatever the manifest says, which it writes now and then.
        _ if is_held(&path.join(LOCK)) => return Ok(Err("running".into())),
        "running" => return Ok(Err("cut off".into())),
        _ => return Ok(Err(status)),
    }
    Ok(Ok(RunFolder { path: path.to_path_buf(), scenario, factors, seed, settings: settings(path)? }))
}

fn manifest(folder: &Path) -> Result<Manifest, CompareError> {
    let path = folder.join(MANIFEST);
    let text = read_settings(&path).map_err(CompareError::io("read", &path))?;
    serde_json::from_str(&text).map_err(|error| CompareError::NotATable { path, problem: error.to_string() })
}

/// The lines of the resolved scenario without its own seed, which is on a line of the outermost fields.
pub(super) fn settings(folder: &Path) -> Result<Vec<String>, CompareError> {
    let path = folder.join("scenario.ron");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = read_settings(&path).map_err(CompareError::io("read", &path))?;
    Ok(text.lines().filter(|line| !line.starts_with("  seed:")).map(String::from).collect())
}
