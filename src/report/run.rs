//! One run, as its folder tells of it.

use super::ReportError;
use super::evolution::Evolution;
use super::phases::{Mark, marks};
use super::society::Society;
use crate::files::{EVOLUTION_TABLE, OUTCOMES_TABLE, folder_name, read_settings};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The manifest's file.
pub(super) const MANIFEST: &str = "manifest.json";

/// What the page says about things that the files only name.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The meaning of a column, as (file of the table, column); `None` for one that a plugin added.
    pub meaning: fn(&str, &str) -> Option<String>,
    /// Memory-one strategies with a name, and their probabilities of cooperation after CC, CD, DC, DD.
    pub strategies: fn() -> Vec<(&'static str, [f64; 4])>,
}

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
        let evolution = Evolution::read(&folder.join(EVOLUTION_TABLE), is_added(EVOLUTION_TABLE))?;
        let society = Society::read(&folder.join(OUTCOMES_TABLE), is_added(OUTCOMES_TABLE), 1)?;
        let scenario = read_settings(&folder.join("scenario.ron")).ok();
        Ok(Self {
            title: folder_name(folder),
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

/// The manifest of the run in `folder`; null if there is none that can be read. The tables are drawn without it too.
pub(super) fn manifest(folder: &Path) -> Value {
    let text = read_settings(&folder.join(MANIFEST)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
