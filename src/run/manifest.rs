//! `manifest.json`: what exactly was run, on what, and how it ended. The only place where clock time is written.

use super::directory::MANIFEST;
use crate::files::read_settings;
use crate::host;
use crate::llm::files::loaded::ModelIdentity;
use crate::llm::files::sha256::sha256_of;
use crate::scenario::format::ScenarioSpec;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Still running, or killed.
    Running,
    /// All ticks played.
    Done,
    /// Stopped by an error.
    Failed,
    /// Stopped on request; not finished, and `--resume` continues it.
    Interrupted,
}

/// Everything needed to tell two runs apart or to repeat one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of `sim`.
    pub version: String,
    /// The status of the run.
    pub status: Status,
    /// Name of the scenario.
    pub scenario: String,
    /// SHA-256 of `scenario.ron`.
    pub scenario_sha256: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// Ticks asked for.
    pub ticks: u32,
    /// Ticks played; for a run in progress, as of some seconds ago.
    pub ticks_played: u32,
    /// The base model; `None` if no agent needed it.
    pub model: Option<ModelEntry>,
    /// The frozen players' models, in the order in which populations name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<ModelEntry>,
    /// What the base model ran on.
    pub device: String,
    /// The instruction set of the CPU's products with the base model: tables and adapters are identical to the byte on
    /// the same set, and differ in the last digits between two sets. `None` if the CPU ran no base model, or the run is
    /// older than this field.
    #[serde(default)]
    pub instructions: Option<String>,
    /// Worker threads.
    pub threads: usize,
    /// How learners share memory, where the CPU runs a base model.
    pub memory: Option<MemoryEntry>,
    /// Start, in seconds since 1970.
    pub started_unix_seconds: u64,
    /// Wall time so far.
    pub seconds: f64,
    /// Ticks at which the run was resumed.
    #[serde(default)]
    pub resumed_at: Vec<u32>,
    /// Agents whose learning an error stopped.
    pub halted: Vec<HaltedEntry>,
    /// What stopped the run before its end.
    pub error: Option<String>,
}

/// A model in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// As the scenario names it.
    pub name: String,
    /// Its weights' hash.
    pub sha256: String,
    /// Decoder family; of a frozen player, its architecture.
    pub family: String,
    /// Where it was found.
    pub source: String,
}

impl From<&ModelIdentity> for ModelEntry {
    fn from(id: &ModelIdentity) -> Self {
        Self {
            name: id.name.clone(),
            sha256: id.sha256.clone(),
            family: id.family.to_string(),
            source: id.source.clone(),
        }
    }
}

/// How memory is used, and how much use was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryEntry {
    /// The plan in words. Results do not depend on it.
    pub plan: String,
    /// Bytes of the run at its peak, estimated before anything was run.
    pub peak_bytes_estimated: u64,
    /// Bytes that the run was allowed; `None` if no limit was known.
    pub limit_bytes: Option<u64>,
}

impl fmt::Display for MemoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "about {} on the CPU: {}", host::readable(self.peak_bytes_estimated), self.plan)
    }
}

/// An agent whose learning stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaltedEntry {
    /// Name of the agent.
    pub agent: String,
    /// When.
    pub tick: u32,
    /// Why.
    pub reason: String,
}

impl Manifest {
    /// The manifest of a run of `spec` that begins now; `resolved` is the resolved text of `spec`.
    pub(super) fn begin(
        spec: &ScenarioSpec,
        resolved: &str,
        identity: Option<&ModelIdentity>,
        device: String,
        threads: usize,
    ) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            status: Status::Running,
            scenario: spec.name.clone(),
            scenario_sha256: fingerprint(resolved),
            seed: spec.seed,
            ticks: spec.ticks,
            ticks_played: 0,
            model: identity.map(ModelEntry::from),
            frozen: Vec::new(),
            device,
            instructions: None,
            threads,
            memory: None,
            started_unix_seconds: now,
            seconds: 0.0,
            resumed_at: Vec::new(),
            halted: Vec::new(),
            error: None,
        }
    }

    /// SHA-256 of the base model's weights, or `none`, and those of the frozen players after it.
    pub(super) fn weights(&self) -> String {
        let base = self.model.as_ref().map_or("none", |model| &model.sha256);
        let frozen = self.frozen.iter().map(|model| &*model.sha256);
        [base].into_iter().chain(frozen).collect::<Vec<_>>().join(" ")
    }

    /// Reads the manifest of the run in `folder`; `None` if there is no such file.
    ///
    /// # Errors
    /// With a sentence, if the file cannot be read or is not a manifest.
    pub fn read(folder: &Path) -> Result<Option<Self>, String> {
        let path = folder.join(MANIFEST);
        let text = match read_settings(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| format!("{} is no manifest: {error}", path.display()))
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a manifest holds only strings and numbers");
        text + "\n"
    }
}

/// SHA-256 of a resolved scenario, as the manifest gives it.
pub(super) fn fingerprint(resolved: &str) -> String {
    sha256_of(resolved.as_bytes())
}
