//! Scenarios as JSON, by the schema that `sim schema` prints. They are rewritten as RON and then treated like all
//! scenarios: the same checks, and `--set` by the same paths.

use crate::scenario::diagnostics::Problem;
use crate::scenario::format::ScenarioSpec;
use crate::scenario::text::resolved::resolved_ron;
use serde_json::{Value, error::Category};

/// Whether `source` can only be meant as JSON: it opens with a brace, as no RON scenario does.
pub(in crate::scenario) fn is_json(source: &str) -> bool {
    source.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// The same scenario as RON, with every default spelt out; or what keeps it from being read.
pub(in crate::scenario) fn to_ron(source: &str) -> Result<String, Problem> {
    let text = source.trim_start_matches('\u{feff}');
    let read = match with_schema_removed(text) {
        Some(value) => serde_json::from_value(value),
        None => serde_json::from_str(text),
    };
    let spec: ScenarioSpec = read.map_err(|error| problem(text, source.len() - text.len(), &error))?;
    Ok(resolved_ron(&spec))
}

/// The value of `text` without the `$schema` by which editors find the schema, if it has one.
fn with_schema_removed(text: &str) -> Option<Value> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    value.as_object_mut()?.remove("$schema")?;
    Some(value)
}

fn problem(text: &str, skipped: usize, error: &serde_json::Error) -> Problem {
    let message = match error.classify() {
        Category::Data => format!("not a scenario: {error}"),
        Category::Syntax | Category::Eof | Category::Io => format!("neither RON nor JSON: {error}"),
    };
    let help = "the file opens with `{`, so it is read as JSON, as `sim schema` describes it; RON opens with `(`, and its field \
                names have no quotes: `(version: 1, ticks: 8, …)`";
    if error.line() == 0 {
        return Problem::unplaced(message, Some(help.into()));
    }
    let line_start: usize = text.split_inclusive('\n').take(error.line() - 1).map(str::len).sum();
    let at = skipped + (line_start + error.column().saturating_sub(1)).min(text.len());
    Problem::error(at..at + 1, message).help(help)
}
