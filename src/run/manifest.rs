//! `manifest.json`: what exactly was run, on what, and how it ended. The only place where clock time is written.

use super::directory::MANIFEST;
use super::{Factors, RunDirectory};
use crate::files::read_settings;
use crate::host;
use crate::llm::files::loaded::ModelIdentity;
use crate::llm::files::sha256::sha256_of;
use crate::scenario::format::ScenarioSpec;
use crate::scenario::text::resolved::resolved_ron;
use crate::structure::{InputFile, StructureSpec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The commit that this program is built from, `-dirty` if its sources had been changed since; empty if that is not
/// known.
const COMMIT: Option<&str> = option_env!("AGORA_COMMIT");

/// The status of a run: in its manifest, and, as [`Status::now`] has it, on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A process is working on it. In a manifest: or it was killed.
    Running,
    /// It was killed. No manifest says so.
    #[serde(skip)]
    CutOff,
    /// All ticks played.
    Done,
    /// Stopped by an error.
    Failed,
    /// Stopped on request; not finished, and `--resume` continues it.
    Interrupted,
}

impl Status {
    /// What became of the run in `folder` whose manifest says `self`.
    pub fn now(self, folder: &Path) -> Self {
        match self {
            Self::Done => Self::Done,
            // Until a run that is resumed has loaded its model, its manifest says how it ended before.
            _ if RunDirectory::is_held(folder) => Self::Running,
            said => said.unheld(),
        }
    }

    /// What became of a run whose manifest says `self`, and on which no process works.
    pub(super) fn unheld(self) -> Self {
        if self == Self::Running { Self::CutOff } else { self }
    }

    /// Its word: that of the manifest, or `cut off`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::CutOff => "cut off",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Everything needed to tell two runs apart or to repeat one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of `sim`.
    pub version: String,
    /// The commit it was built from, with `-dirty` if the sources had been changed since; `None` if that is not known.
    #[serde(default)]
    pub commit: Option<String>,
    /// The command line that began the run, word by word.
    #[serde(default)]
    pub command: Vec<String>,
    /// Name of the machine.
    #[serde(default)]
    pub host: Option<String>,
    /// The status of the run.
    pub status: Status,
    /// Name of the scenario.
    pub scenario: String,
    /// SHA-256 of `scenario.ron`.
    pub scenario_sha256: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// What the design that the run is a cell of sets in the scenario.
    #[serde(default, skip_serializing_if = "Factors::is_empty")]
    pub factors: Factors,
    /// Ticks asked for.
    pub ticks: u32,
    /// Ticks played; for a run in progress, as of some seconds ago.
    pub ticks_played: u32,
    /// The base model; `None` if no agent needed it.
    pub model: Option<ModelEntry>,
    /// The frozen players' models, in the order in which populations name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<ModelEntry>,
    /// Files that the scenario names besides models, as they were when the run began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputFile>,
    /// What the base model ran on.
    pub device: String,
    /// What decides the last digits of the CPU's products: tables and adapters are identical to the byte on all
    /// processors that multiply by the same. In f32 it is `fma`, whatever the processor; in bf16 and with frozen
    /// players it is the instruction set. `None` if the CPU ran no model, or the run is older than this field.
    #[serde(default)]
    pub instructions: Option<String>,
    /// Worker threads, of each process if there are several.
    pub threads: usize,
    /// Processes that played the run together.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub ranks: usize,
    /// How learners share memory, where the CPU runs a base model.
    pub memory: Option<MemoryEntry>,
    /// The servers that played for agents; `None` if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteEntry>,
    /// When the run began: ISO 8601 in UTC, to the second.
    #[serde(default)]
    pub started: String,
    /// When it ended, in the same format; `None` while it is running, or if it was killed.
    #[serde(default)]
    pub ended: Option<String>,
    /// What earlier versions wrote in place of `started`: seconds since 1970.
    #[serde(default, skip_serializing)]
    pub(super) started_unix_seconds: Option<u64>,
    /// Wall time so far.
    pub seconds: f64,
    /// Ticks at which the run was resumed.
    #[serde(default)]
    pub resumed_at: Vec<u32>,
    /// Agents whose learning an error stopped.
    pub halted: Vec<HaltedEntry>,
    /// What stopped the run before its end.
    pub error: Option<String>,
    /// SHA-256 of every file with results, by its name; empty until the run is done.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
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

/// The files that `spec` names, as they were when it was checked.
pub(super) fn inputs_of(spec: &ScenarioSpec) -> Vec<InputFile> {
    spec.structure.as_ref().map(StructureSpec::files).unwrap_or_default()
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
        write!(f, "about {}: {}", host::readable(self.peak_bytes_estimated), self.plan)
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

/// The servers of a run in its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteEntry {
    /// Address and model of each server, in the order of the populations.
    pub servers: Vec<ServerEntry>,
    /// Models and builds that the servers say they ran.
    pub served_by: Vec<String>,
    /// Replies in the run's recording.
    pub replies: u64,
    /// Requests that all parts of the run sent, repeated ones and those that failed included.
    pub requests_sent: u64,
    /// Tokens used for all replies, prompts included, as the servers report them.
    pub tokens: u64,
    /// The recording that was played instead of asking servers.
    pub replayed: Option<String>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerEntry {
    /// Its address.
    pub url: String,
    /// The model that it was asked for.
    pub model: String,
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
        let (version, commit) = Self::this_program();
        Self {
            version,
            commit,
            command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
            host: host::name(),
            status: Status::Running,
            scenario: spec.name.clone(),
            scenario_sha256: fingerprint(resolved),
            seed: spec.seed,
            factors: Factors::default(),
            ticks: spec.ticks,
            ticks_played: 0,
            model: identity.map(ModelEntry::from),
            frozen: Vec::new(),
            inputs: inputs_of(spec),
            device,
            instructions: None,
            threads,
            ranks: 1,
            memory: None,
            remote: None,
            started: now(),
            ended: None,
            started_unix_seconds: None,
            seconds: 0.0,
            resumed_at: Vec::new(),
            halted: Vec::new(),
            error: None,
            outputs: BTreeMap::new(),
        }
    }

    /// Version and commit of this program, as manifests record them.
    pub fn this_program() -> (String, Option<String>) {
        (env!("CARGO_PKG_VERSION").into(), COMMIT.filter(|commit| !commit.is_empty()).map(String::from))
    }

    /// Whether the run is one of `spec`.
    pub fn is_of(&self, spec: &ScenarioSpec) -> bool {
        self.scenario_sha256 == fingerprint(&resolved_ron(spec))
    }

    /// SHA-256 of the base model's weights, or `none`, and those of the frozen players after it.
    pub(super) fn weights(&self) -> String {
        let base = self.model.as_ref().map_or("none", |model| &model.sha256);
        let frozen = self.frozen.iter().map(|model| &*model.sha256);
        [base].into_iter().chain(frozen).collect::<Vec<_>>().join(" ")
    }

    /// The first file that `spec` names and that is not what it was when this run began, in a sentence; `None` if there
    /// is none. Manifests of earlier versions know of no files.
    pub fn changed_input(&self, spec: &ScenarioSpec) -> Option<String> {
        let now = inputs_of(spec);
        let change = |then: &InputFile| {
            let here = now.iter().find(|here| here.path == then.path).map_or("unreadable", |here| &here.sha256);
            let InputFile { path, sha256 } = then;
            (here != sha256).then(|| {
                format!(
                    "{path} has changed since the run began (SHA-256 {sha256}, now {here}); put back what it was then"
                )
            })
        };
        self.inputs.iter().find_map(change)
    }

    /// SHA-256 of the files that the scenario names, in its order.
    pub(super) fn inputs_sha256(&self) -> String {
        self.inputs.iter().map(|input| &*input.sha256).collect::<Vec<_>>().join(" ")
    }

    /// Reads the manifest of the run in `folder`; `None` if there is no such file.
    ///
    /// # Errors
    /// With a sentence, if the file cannot be read or is not a manifest.
    pub fn read(folder: &Path) -> Result<Option<Self>, String> {
        let path = folder.join(MANIFEST);
        // What is no file, such as a pipe, might never end.
        let text = path.metadata().and_then(|metadata| metadata.is_file().then(|| read_settings(&path)).transpose());
        let text = match text {
            Ok(Some(text)) => text,
            Ok(None) => return Err(format!("{} is no manifest: it is no file", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        };
        let read: Result<Self, _> = serde_json::from_str(&text);
        let mut manifest = read.map_err(|error| format!("{} is no manifest: {error}", path.display()))?;
        if let Some(seconds) = manifest.started_unix_seconds.take() {
            manifest.started = iso(seconds);
        }
        Ok(Some(manifest))
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a manifest holds only strings and numbers");
        text + "\n"
    }
}

/// Processes of a run where nothing is said of them.
fn one() -> usize {
    1
}

fn is_one(ranks: &usize) -> bool {
    *ranks == 1
}

/// SHA-256 of a resolved scenario, as the manifest gives it.
pub(super) fn fingerprint(resolved: &str) -> String {
    sha256_of(resolved.as_bytes())
}

/// The time now as manifests write it.
pub(super) fn now() -> String {
    iso(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// A number of seconds since 1970 in ISO 8601, UTC; empty if that is no time.
fn iso(seconds: u64) -> String {
    let mut text = String::new();
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    let written = time.map(|time| write!(text, "{}", humantime::format_rfc3339_seconds(time)));
    if written.is_some_and(|written| written.is_ok()) { text } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_of_an_earlier_version_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let old = r#"{"version": "0.0.9", "status": "done", "scenario": "a", "scenario_sha256": "", "seed": 1,
            "ticks": 3, "ticks_played": 3, "model": null, "device": "cpu", "threads": 2, "memory": null,
            "started_unix_seconds": 1764432000, "seconds": 1.5, "halted": [], "error": null}"#;
        std::fs::write(dir.path().join(MANIFEST), old).unwrap();
        let manifest = Manifest::read(dir.path()).unwrap().unwrap();
        assert_eq!((manifest.started.as_str(), manifest.ended.as_ref()), ("2025-11-29T16:00:00Z", None));
        assert!(manifest.factors.is_empty() && manifest.outputs.is_empty() && manifest.commit.is_none());
        let text = manifest.to_json();
        assert!(!text.contains("unix") && !text.contains("factors"), "{text}");
        for status in [Status::Running, Status::Done, Status::Failed, Status::Interrupted] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.word());
        }
        assert_eq!((iso(0), iso(u64::MAX)), ("1970-01-01T00:00:00Z".into(), String::new()));
        assert!(serde_json::from_str::<Status>(r#""cut_off""#).is_err(), "no manifest says so");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_place_of_a_manifest_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo").arg(dir.path().join(MANIFEST)).status().unwrap();
        assert!(made.success());
        assert!(Manifest::read(dir.path()).unwrap_err().contains("no file"));
    }
}
