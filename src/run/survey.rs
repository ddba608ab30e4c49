//! What is already there where runs would go, and what is in the way.

use crate::files::read_settings;
use crate::run::checkpoint;
use crate::run::directory::{MANIFEST, is_unused};
use crate::run::manifest::{Manifest, Status, fingerprint};
use crate::run::{RunDirectory, RunError};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::text::resolved::resolved_ron;
use std::fmt::{self, Write};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The table of a design's runs, beside their folders.
pub const REGISTER: &str = "design.csv";
/// How every such table begins.
const REGISTER_BEGINNING: &str = "folder,seed,";

/// How far a run has come.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nothing is there yet.
    Fresh,
    /// This very run was begun but not finished: it was killed, failed or was interrupted. No process is working on it.
    Unfinished(Box<Manifest>),
    /// This very run is done.
    Done(Box<Manifest>),
}

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The index of its cell in the design.
    pub cell: usize,
    /// The seed.
    pub seed: u64,
    /// The folder of its run.
    pub path: PathBuf,
    /// What is in it.
    pub state: State,
}

impl Slot {
    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    /// Whether an unfinished run resumes from a checkpoint, instead of starting again.
    pub fn resumes(&self) -> bool {
        matches!(self.state, State::Unfinished(_)) && checkpoint::is_in(&self.path)
    }
}

/// Why a run cannot go where it would.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    /// A table of something else.
    #[error("{} is no table of a design, and would be overwritten by one", path.display())]
    NotARegister {
        /// The file.
        path: PathBuf,
    },
    /// A folder for many runs that is the folder of one.
    #[error("{} is the folder of a run, and no runs are put into it", path.display())]
    IsARun {
        /// The folder.
        path: PathBuf,
    },
    /// A folder of something else.
    #[error("{} holds files but no manifest.json, so it is not a run's folder", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// A manifest that cannot be read.
    #[error("{0}")]
    Damaged(String),
    /// A run of something else.
    #[error("{} holds {what}", path.display())]
    OtherScenario {
        /// The folder.
        path: PathBuf,
        /// What is there instead.
        what: String,
    },
    /// The same scenario on another model.
    #[error("{} was made with other weights of the model {model} (SHA-256 {there}, now {here})", path.display())]
    OtherModel {
        /// The folder.
        path: PathBuf,
        /// Name of the model.
        model: String,
        /// Hash of the weights it was made with.
        there: String,
        /// Hash of the weights that are here now.
        here: String,
    },
    /// The same scenario with another file.
    #[error("{} was made with another file: {problem}", path.display())]
    OtherInput {
        /// The folder.
        path: PathBuf,
        /// Which file it is.
        problem: String,
    },
    /// Anything that stops a single run there too.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Everything in the way of a sweep.
#[derive(Debug)]
pub struct Obstacles(pub Vec<Obstacle>);

/// More obstacles than this are not listed.
const OBSTACLES_SHOWN: usize = 20;

impl std::error::Error for Obstacles {}

impl fmt::Display for Obstacles {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let taken = if self.0.len() == 1 { "an output folder is" } else { "output folders are" };
        let mut text = format!("{taken} already taken; nothing was started:\n");
        for obstacle in self.0.iter().take(OBSTACLES_SHOWN) {
            writeln!(text, "  - {obstacle}")?;
        }
        if self.0.len() > OBSTACLES_SHOWN {
            writeln!(text, "  … and {} more", self.0.len() - OBSTACLES_SHOWN)?;
        }
        text += "What to do: leave these seeds or values out, choose another folder with --out, give this scenario a name of its own \
                 with --set name=…, or move what is there out of the way.";
        f.write_str(&text)
    }
}

/// What is in the way of a folder for the runs of a design at `parent`.
pub(super) fn obstacle_to_a_design(parent: &Path) -> Option<Obstacle> {
    if parent.join(MANIFEST).exists() {
        return Some(Obstacle::IsARun { path: parent.to_path_buf() });
    }
    let path = parent.join(REGISTER);
    match read_settings(&path) {
        Ok(text) if text.starts_with(REGISTER_BEGINNING) => None,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        Ok(_) | Err(_) => Some(Obstacle::NotARegister { path }),
    }
}

/// Looks at what is at `path`, where the run of `spec` would go.
///
/// # Errors
/// With what is in the way.
pub(super) fn look_at(path: &Path, spec: &ScenarioSpec) -> Result<State, Obstacle> {
    let path = path.to_path_buf();
    if path.is_file() {
        return Err(RunError::OutputIsFile { path }.into());
    }
    if !path.exists() || is_unused(&path)? {
        return Ok(State::Fresh);
    }
    let manifest = Manifest::read(&path).map_err(Obstacle::Damaged)?;
    let Some(manifest) = manifest else { return Err(Obstacle::NotARun { path }) };
    if manifest.scenario_sha256 != fingerprint(&resolved_ron(spec)) {
        return Err(Obstacle::OtherScenario { what: other(&manifest, spec), path });
    }
    if let Some(problem) = manifest.changed_input(spec).filter(|_| manifest.status == Status::Done) {
        return Err(Obstacle::OtherInput { path, problem });
    }
    if manifest.status == Status::Done {
        return Ok(State::Done(Box::new(manifest)));
    }
    // A run that is still writing there holds it. The hold taken here ends at once; it is taken again before anything
    // is changed.
    RunDirectory::reopen(&path)?;
    Ok(State::Unfinished(Box::new(manifest)))
}

/// How the run of `manifest` differs from that of `spec`.
fn other(manifest: &Manifest, spec: &ScenarioSpec) -> String {
    let Manifest { scenario, seed, version, .. } = manifest;
    if (scenario, *seed) != (&spec.name, spec.seed) {
        return format!("the run of another scenario, `{scenario}` with seed {seed}");
    }
    let age = match version == env!("CARGO_PKG_VERSION") {
        true => String::new(),
        false => format!(" by sim {version}"),
    };
    format!("a run{age} of `{scenario}` with other settings (see its scenario.ron)")
}

/// Every finished run that was made with weights other than `sha256`.
pub(super) fn made_with_other_weights<'a>(slots: impl Iterator<Item = &'a Slot>, sha256: &str) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    for slot in slots {
        let State::Done(manifest) = &slot.state else { continue };
        if let Some(model) = manifest.model.as_ref().filter(|model| model.sha256 != sha256) {
            obstacles.push(Obstacle::OtherModel {
                path: slot.path.clone(),
                model: model.name.clone(),
                there: model.sha256.clone(),
                here: sha256.to_string(),
            });
        }
    }
    obstacles
}

/// Every finished run in which a frozen player called `name` had weights other than `sha256`.
pub(super) fn made_with_other_frozen<'a>(
    slots: impl Iterator<Item = &'a Slot>,
    name: &str,
    sha256: &str,
) -> Vec<Obstacle> {
    let differs = |slot: &Slot| {
        let State::Done(manifest) = &slot.state else { return None };
        let model = manifest.frozen.iter().find(|model| model.name == name && model.sha256 != sha256)?;
        let (path, there, here) = (slot.path.clone(), model.sha256.clone(), sha256.to_string());
        Some(Obstacle::OtherModel { path, model: model.name.clone(), there, here })
    };
    slots.filter_map(differs).collect()
}
