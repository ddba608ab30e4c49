//! The page of an empirical game, drawn from the document that `sim meta` writes.

use super::page::{Section, page};
use super::{ReportError, views};
use crate::files::{read_bytes, write_text};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Name of the document in the folder of an empirical game.
pub const DOCUMENT: &str = "meta.json";
/// Name of its page there.
const PAGE: &str = "meta.html";
/// The document is never larger.
const BYTES_MAX: u64 = 256 << 20;

/// The document, by its parts.
pub(super) struct EmpiricalGame(Map<String, Value>);

impl EmpiricalGame {
    /// The part called `name`, with the types; `None` if the document has no such part.
    pub(super) fn part(&self, name: &str) -> Option<Value> {
        let mut part = self.0.get(name)?.as_object()?.clone();
        part.insert("types".into(), self.get("types"));
        Some(Value::Object(part))
    }

    /// What it was made from.
    pub(super) fn origin(&self) -> Value {
        let parts = ["setting", "types", "conventions", "notes"];
        Value::Object(parts.into_iter().map(|name| (name.to_owned(), self.get(name))).collect())
    }

    fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }
}

/// Reads the document in `folder`, writes the page beside it, and returns its path.
///
/// # Errors
/// If there is no such document, or the page cannot be written.
pub fn write_empirical(folder: &Path) -> Result<PathBuf, ReportError> {
    let path = folder.join(DOCUMENT);
    let io = |action, path: &Path| {
        let path = path.to_path_buf();
        move |source| ReportError::Io { action, path, source }
    };
    let bytes = read_bytes(&path, BYTES_MAX).map_err(io("read", &path))?;
    let document: Map<String, Value> = serde_json::from_slice(&bytes)
        .map_err(|error| io("read", &path)(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
    let game = EmpiricalGame(document);
    let mut sections = Vec::new();
    for view in views::OF_AN_EMPIRICAL_GAME {
        if let Some(data) = (view.data)(&game)? {
            sections.push(Section::new(view, data));
        }
    }
    let title = game.get("title").as_str().unwrap_or("An empirical game").to_owned();
    let out = folder.join(PAGE);
    let html = page(&title, &json!({ "populations": [] }), &sections);
    write_text(&out, &html).map_err(io("write", &out))?;
    Ok(out)
}
