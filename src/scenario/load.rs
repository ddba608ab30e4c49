//! From a file to a checked scenario, or to everything that is wrong with it.

use super::diagnostics::{PROBLEMS_SHOWN, Problem, ScenarioErrors, Severity, render};
use super::text::resolved::ron_options;
use crate::files::{SETTINGS_BYTES_MAX, read_bytes};
use crate::scenario::check::shape::json_schema;
use crate::scenario::check::structure::{Checked, check};
use crate::scenario::check::{Known, View, validate};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::text::json;
use crate::scenario::text::parse;
use crate::scenario::text::{Span, overrides};
use std::io::ErrorKind;
use std::path::Path;

/// A scenario that passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its contents.
    pub spec: ScenarioSpec,
    /// The file as the user named it.
    pub path: String,
    /// Its text, with every override applied.
    pub source: String,
    /// What may not be as the author meant it.
    pub warnings: Vec<Problem>,
}

impl Scenario {
    /// Renders the warnings; empty if there are none.
    pub fn render_warnings(&self, colour: bool) -> String {
        render(&self.path, &self.source, &self.warnings, colour)
    }
}

/// Reads the scenario at `path`, applies `overrides` (`path=value` each) and checks it; `known` lists the names that
/// are valid besides those of the format.
///
/// # Errors
/// With every problem found: syntax, structure and sense.
pub fn load(path: &Path, overrides: &[String], known: &Known) -> Result<Scenario, ScenarioErrors> {
    let shown = path.display().to_string();
    let source = read(path).map_err(|problem| ScenarioErrors {
        path: shown.clone(),
        source: String::new(),
        problems: vec![problem],
    })?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    load_text(&shown, &source, &stem, overrides, known)
}

/// Like [`load`], from the text of a file that messages call `path`, and whose scenario is called `name` if the text
/// gives no name.
///
/// # Errors
/// With every problem found: syntax, structure and sense.
pub fn load_text(
    path: &str,
    source: &str,
    name: &str,
    overrides: &[String],
    known: &Known,
) -> Result<Scenario, ScenarioErrors> {
    if json::is_json(source) {
        let ron = json::to_ron(source).map_err(|problem| ScenarioErrors {
            path: path.to_owned(),
            source: source.to_owned(),
            problems: vec![problem],
        })?;
        // Positions in messages refer to the RON text.
        return load_text(&format!("{path} (as RON)"), &ron, name, overrides, known);
    }
    let schema = json_schema();
    let fail = |source: &str, mut problems: Vec<Problem>| {
        problems.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
        ScenarioErrors { path: path.to_owned(), source: source.to_owned(), problems }
    };
    let original = parse(source);
    if !original.whole {
        return Err(fail(source, original.problems));
    }
    // A text with missing commas is complete enough to be checked, but not to be edited.
    let (source, mut problems) = if original.problems.is_empty() {
        overrides::apply(source, overrides, &schema)
    } else {
        (source.to_owned(), original.problems)
    };
    let Some(root) = parse(&source).root else { return Err(fail(&source, problems)) };
    let checked = check(&root, &schema, &known.offered);
    problems.extend(checked.problems.iter().cloned());
    if problems.len() > PROBLEMS_SHOWN {
        // Further problems would not be shown.
        return Err(fail(&source, problems));
    }
    let mut spec = match spec_of(&checked, &source, problems.is_empty()) {
        Ok(spec) => spec,
        Err(problem) => {
            problems.push(problem);
            return Err(fail(&source, problems));
        }
    };
    if spec.name.is_empty() {
        name.clone_into(&mut spec.name);
    }
    problems.extend(validate(&spec, &View::of(&checked), known));
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(fail(&source, problems));
    }
    Ok(Scenario { spec, path: path.to_owned(), source, warnings: problems })
}

/// The spec that a checked tree describes. A sound file is read by ron itself; a file with problems is read with
/// stand-ins for them, and one that hands parameters to plugins with what the plugins' own types made of them.
fn spec_of(checked: &Checked, source: &str, sound: bool) -> Result<ScenarioSpec, Problem> {
    if sound && !checked.names_plugins {
        return ron_options().from_str(source).map_err(|error| {
            let span = offset(source, error.span.start)..offset(source, error.span.end);
            Problem::error(span, error.code.to_string())
        });
    }
    serde_json::from_value(checked.value.clone())
        .map_err(|error| Problem::unplaced(format!("the scenario cannot be read: {error}"), None))
}

fn offset(source: &str, position: ron::error::Position) -> usize {
    let line_start: usize = source.split_inclusive('\n').take(position.line.saturating_sub(1)).map(str::len).sum();
    let columns = source[line_start..].chars().take(position.col.saturating_sub(1));
    line_start + columns.map(char::len_utf8).sum::<usize>()
}

fn read(path: &Path) -> Result<String, Problem> {
    let shown = path.display();
    if path.is_dir() {
        let help = nearby(path).map(|found| format!("it holds {found}"));
        return Err(Problem::unplaced(format!("{shown} is a directory; a scenario is a .ron file"), help));
    }
    let bytes = read_bytes(path, SETTINGS_BYTES_MAX).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let help = nearby(folder).map(|found| format!("{} holds {found}", folder.display()));
            Problem::unplaced(format!("there is no file {shown}"), help)
        }
        _ => Problem::unplaced(format!("{shown} cannot be read: {error}"), None),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at: Span = 0..error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[at].iter().filter(|byte| **byte == b'\n').count();
        let help = "save the file as UTF-8".to_owned();
        Problem::unplaced(format!("{shown}:{line}: not UTF-8 text"), Some(help))
    })
}

/// The scenario files of a folder, as a hint.
fn nearby(folder: &Path) -> Option<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.ends_with(".ron"))
        .collect();
    names.sort();
    names.truncate(12);
    (!names.is_empty()).then(|| names.join(", "))
}
