//! One thing that `sim explain` explains.

use serde::Serialize;
use serde_json::Value;

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Entry {
    /// The word of the topic that it belongs to.
    pub(super) topic: &'static str,
    /// The name as tables and lists spell it.
    pub(super) name: String,
    /// Other words that mean it.
    #[serde(skip)]
    pub(super) other_names: Vec<String>,
    /// A line about it.
    pub(super) summary: String,
    /// All about it, for people.
    pub(super) text: String,
    /// What programs want to know of it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) details: Value,
}

impl Entry {
    /// An entry without details. Its summary is the first line below the heading, without the label before it.
    pub(super) fn new(topic: &'static str, name: &str, text: String) -> Self {
        let line = text.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        let labelled = line.split_once(": ").filter(|(label, _)| label.chars().all(char::is_alphabetic));
        let summary = labelled.map_or(line, |(_, rest)| rest).trim().to_owned();
        Self { topic, name: name.into(), other_names: Vec::new(), summary, text, details: Value::Null }
    }

    /// The same with `summary` as its line.
    pub(super) fn with_summary(self, summary: &str) -> Self {
        Self { summary: summary.into(), ..self }
    }

    /// The same with these details for programs.
    pub(super) fn with_details(self, details: Value) -> Self {
        Self { details, ..self }
    }

    /// Whether `word` names it: in snake case, as in tables, or in camel case, as in scenarios.
    pub(super) fn is_called(&self, word: &str) -> bool {
        let wanted = plain(word);
        plain(&self.name) == wanted || self.other_names.iter().any(|name| plain(name) == wanted)
    }
}

/// A name without the difference between snake case and camel case.
pub(super) fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}
