//! From a file to a checked scenario, or to everything that is wrong with it.

use super::diagnostics::{PROBLEMS_SHOWN, Problem, ScenarioErrors, Severity, render};
use super::extends::read_all;
use super::read::read;
use crate::scenario::check::shape::json_schema;
use crate::scenario::check::structure::{Checked, check};
use crate::scenario::check::{Known, View, validate};
use crate::scenario::format::ScenarioSpec;
use crate::scenario::text::{Sources, overrides};
use std::path::Path;

/// A scenario that passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its contents.
    pub spec: ScenarioSpec,
    /// The file as the user named it.
    pub path: String,
    /// The texts it was read from: the file, those it extends, every override.
    pub sources: Sources,
    /// What may not be as the author meant it.
    pub warnings: Vec<Problem>,
}

impl Scenario {
    /// Renders the warnings; empty if there are none.
    pub fn render_warnings(&self, colour: bool) -> String {
        render(&self.sources, &self.warnings, colour)
    }
}

/// Reads the scenario at `path`, in the language that its ending names, applies `overrides` (`path=value` each) and
/// checks it; `known` lists the names that are valid besides those of the format.
///
/// # Errors
/// With every problem found: syntax, structure and sense.
pub fn load(path: &Path, overrides: &[String], known: &Known) -> Result<Scenario, ScenarioErrors> {
    let shown = path.display().to_string();
    let source = read(path).map_err(|problem| ScenarioErrors {
        path: shown.clone(),
        sources: Sources::default(),
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
    let (schema, mut sources) = (json_schema(), Sources::default());
    let fail = |sources: Sources, mut problems: Vec<Problem>| {
        problems.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
        ScenarioErrors { path: path.to_owned(), sources, problems }
    };
    let original = read_all(path, source, &schema, &mut sources);
    let mut problems = original.problems;
    let Some(mut root) = original.root.filter(|_| original.whole) else { return Err(fail(sources, problems)) };
    problems.extend(overrides::apply(&mut root, overrides, &schema, &mut sources));
    let checked = check(&root, &schema, &known.offered, &sources);
    problems.extend(checked.problems.iter().cloned());
    if problems.len() > PROBLEMS_SHOWN {
        // Further problems would not be shown.
        return Err(fail(sources, problems));
    }
    let mut spec = match spec_of(&checked) {
        Ok(spec) => spec,
        Err(problem) => {
            problems.push(problem);
            return Err(fail(sources, problems));
        }
    };
    if spec.name.is_empty() {
        name.clone_into(&mut spec.name);
    }
    problems.extend(validate(&spec, &View::of(&checked), known));
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(fail(sources, problems));
    }
    Ok(Scenario { spec, path: path.to_owned(), sources, warnings: problems })
}

/// The spec that a checked tree describes, with stand-ins for what is wrong in it.
fn spec_of(checked: &Checked) -> Result<ScenarioSpec, Problem> {
    serde_json::from_value(checked.value.clone())
        .map_err(|error| Problem::unplaced(format!("the scenario cannot be read: {error}"), None))
}
