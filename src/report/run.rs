//! One run, as its folder tells of it.

use super::ReportError;
use super::evolution::Evolution;
use super::phases::{Mark, marks};
use super::society::Society;
use crate::files::read_settings;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What the page says about things that the files only name.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The meaning of a column, as (file of the table, column); `None` for one that a plugin added.
    pub meaning: fn(&str, &str) -> Option<String>,
    /// Memory-one strategies with a name, and their probabilities of cooperation after CC, CD, DC, DD.
    pub strategies: fn() -> Vec<(&'static str, [f64; 4])>,
}

/// File names of the two tables that every run has.
pub(super) const EVOLUTION: &str = "strategy_evolution.csv";
pub(super) const SOCIETY: &str = "social_outcomes.csv";

/// What is read of a run before any view asks for more.
pub(super) struct Run {
    /// Its folder.
    pub folder: PathBuf,
    /// The folder's name.
    pub title: String,
    /// `manifest.json`; null if there is none.
    pub manifest: Value,
    /// `scenario.ron`, if there is one.
    pub scenario: Option<String>,
    /// When rewards begin and end.
    pub marks: Vec<Mark>,
    /// The table of agents.
    pub evolution: Evolution,
    /// The table of all agents together.
    pub society: Society,
    /// What things mean.
    pub words: Words,
}

impl Run {
    /// Reads the run in `folder`.
    pub(super) fn read(folder: &Path, words: Words) -> Result<Self, ReportError> {
        let is_added = |table: &'static str| move |column: &str| (words.meaning)(table, column).is_none();
        let evolution = Evolution::read(&folder.join(EVOLUTION), is_added(EVOLUTION))?;
        let society = Society::read(&folder.join(SOCIETY), is_added(SOCIETY), 1)?;
        let scenario = read_settings(&folder.join("scenario.ron")).ok();
        Ok(Self {
            title: name(folder),
            manifest: manifest(folder),
            marks: scenario.as_deref().map_or_else(Vec::new, marks),
            folder: folder.to_path_buf(),
            scenario,
            evolution,
            society,
            words,
        })
    }
}

/// The name of a folder.
pub(super) fn name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    whole.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy().into_owned())
}

/// The manifest of the run in `folder`; null if there is none that can be read. The tables are drawn without it too.
pub(super) fn manifest(folder: &Path) -> Value {
    let text = read_settings(&folder.join("manifest.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
