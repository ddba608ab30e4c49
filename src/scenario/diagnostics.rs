//! Problems of a scenario: what is wrong, where, and the nearest thing that would be right.

use crate::scenario::text::excerpt::Excerpt;
use crate::scenario::text::sources::Sources;
use crate::text::shown;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario is not run.
    Error,
    /// The scenario is run, but perhaps not what its author meant.
    Warning,
}

/// One thing wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The offending bytes of the sources; `None` for problems outside them (a missing file, the path of a `--set`).
    pub span: Option<Range<usize>>,
    /// What is wrong, in one line.
    pub message: String,
    /// What was expected; shown beside the underlined text.
    pub label: String,
    /// What to do, such as the nearest valid word.
    pub help: Option<String>,
}

impl Problem {
    /// An error at `span`.
    pub fn error(span: Range<usize>, message: String) -> Self {
        Self { severity: Severity::Error, span: Some(span), message, label: String::new(), help: None }
    }

    /// An error outside the source.
    pub fn unplaced(message: String, help: Option<String>) -> Self {
        Self { severity: Severity::Error, span: None, message, label: String::new(), help }
    }

    /// The same with `label` beside the underlined text.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// The same with advice.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Everything that is wrong with a scenario, in source order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioErrors {
    /// The file as the user named it.
    pub path: String,
    /// The texts that the spans refer to: the file, those it extends, every `--set`.
    pub sources: Sources,
    /// At least one error; warnings may be among them.
    pub problems: Vec<Problem>,
}

impl ScenarioErrors {
    /// Renders the first problems with file, line, column and the underlined text, and a count of all errors at the
    /// end.
    pub fn render(&self, colour: bool) -> String {
        let mut text = render(&self.sources, &self.problems, colour);
        let errors = self.problems.iter().filter(|p| p.severity == Severity::Error).count();
        let noun = if errors == 1 { "error" } else { "errors" };
        text.push_str(&format!("{}: {errors} {noun}; nothing was run\n", shown(&self.path)));
        text
    }
}

impl fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for ScenarioErrors {}

/// Beyond this many problems, the rest are mostly their consequences, and no one reads on.
pub const PROBLEMS_SHOWN: usize = 20;

/// Longest message, label or advice that is shown, in characters; longer ones quote something long.
const MESSAGE_MAX: usize = 600;

/// Renders the first [`PROBLEMS_SHOWN`] of `problems` of the texts `sources`, each followed by an empty line, and says
/// how many more there are. If not all are shown, errors go before warnings.
pub fn render(sources: &Sources, problems: &[Problem], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut listed: Vec<&Problem> = problems.iter().collect();
    if listed.len() > PROBLEMS_SHOWN {
        listed.sort_by_key(|problem| problem.severity);
        listed.truncate(PROBLEMS_SHOWN);
    }
    let mut text = String::new();
    for problem in &listed {
        text.push_str(&render_one(sources, problem, &renderer));
        text.push_str("\n\n");
    }
    if problems.len() > listed.len() {
        text.push_str(&format!("… and {} more\n\n", problems.len() - listed.len()));
    }
    text
}

fn render_one(sources: &Sources, problem: &Problem, renderer: &Renderer) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(readable(&problem.message)));
    if let Some((source, span)) = problem.span.as_ref().and_then(|span| sources.place(span)) {
        let Excerpt { line, column, text, marked, is_as_written } = Excerpt::of(&source.text, &span);
        let label = Some(readable(&problem.label)).filter(|label| !label.is_empty());
        let snippet =
            Snippet::source(text).line_start(line).annotation(AnnotationKind::Primary.span(marked).label(label));
        let path = shown(&source.label).into_owned();
        group = if is_as_written {
            group.element(snippet.path(path))
        } else {
            // The excerpt no longer shows the column.
            group.element(Origin::path(path).line(line).char_column(column)).element(snippet)
        };
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(readable(help)));
    }
    renderer.render(&[group])
}

/// `text` as it is shown: control characters made visible, and overlong text cut.
fn readable(text: &str) -> String {
    let text = shown(text);
    match text.char_indices().nth(MESSAGE_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
