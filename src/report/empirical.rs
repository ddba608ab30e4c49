//! The document of an empirical game, as `sim meta` writes it.

use super::ReportError;
use crate::files::read_bytes;
use serde_json::{Map, Value};
use std::io;
use std::path::Path;

/// Name of the document in the folder of an empirical game.
pub const DOCUMENT: &str = "meta.json";
/// Name of its page there.
pub(super) const PAGE: &str = "meta.html";
/// The document is never larger, so that browsers can show its page.
pub const BYTES_MAX: u64 = 64 << 20;

/// The document, by its parts.
pub(super) struct EmpiricalGame(Map<String, Value>);

impl EmpiricalGame {
    /// Reads the document in `folder`.
    pub(super) fn read(folder: &Path) -> Result<Self, ReportError> {
        let path = folder.join(DOCUMENT);
        let problem = |source| ReportError::Io { action: "read", path: path.clone(), source };
        let bytes = read_bytes(&path, BYTES_MAX).map_err(problem)?;
        let document = serde_json::from_slice(&bytes);
        Ok(Self(document.map_err(|error| problem(io::Error::new(io::ErrorKind::InvalidData, error)))?))
    }

    /// The title of its page.
    pub(super) fn title(&self) -> String {
        self.get("title").as_str().unwrap_or("An empirical game").to_owned()
    }

    /// The part called `name`, with the types and what selection looks at; `None` if the document has no such part.
    pub(super) fn part(&self, name: &str) -> Option<Value> {
        let mut part = self.0.get(name)?.as_object()?.clone();
        for name in ["types", "fitness"] {
            part.insert(name.into(), self.get(name));
        }
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
