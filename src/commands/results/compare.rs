//! `sim compare`.

use crate::cli::{CompareArgs, TableFormat};
use crate::commands::input::folder::check_that_they_exist;
use crate::commands::terminal::print::{already_there, deliver, err, fail, refuse};
use crate::compare::layout::Page;
use crate::compare::output::{Choice, curve_figure, curve_frame, curve_json, curve_page, figure, frame, json, page};
use crate::compare::{self, CompareError, Comparison, Options};
use crate::metrics::is_built_in;
use crate::text::shown;

/// The most notes that are printed one by one.
const NOTES_MAX: usize = 20;

pub(in crate::commands) fn execute(args: &CompareArgs) -> u8 {
    if let Some(path) = args.out.as_deref().filter(|path| path.exists() && !args.force) {
        return fail(already_there(path));
    }
    if let Err(problem) = check_that_they_exist(&args.folders) {
        return refuse(problem);
    }
    if let Some(along) = args.along.as_deref().filter(|_| args.format != TableFormat::Svg) {
        return refuse(format!(
            "--along {} is about the x axis of a figure, and tables have none: add --format svg, or leave it out",
            shown(along)
        ));
    }
    let compared = match &args.curve {
        Some(column) => curve(args, column),
        None => means(args),
    };
    let text = match compared {
        Ok(text) => text,
        Err(error) => return refuse(error),
    };
    deliver(&text, args.out.as_deref())
}

/// Means and differences.
fn means(args: &CompareArgs) -> Result<String, CompareError> {
    let options = Options {
        last: args.last.map(|last| usize::try_from(last).unwrap_or(usize::MAX)),
        baseline: args.baseline.clone(),
        evaluation: args.evaluation,
    };
    let mut comparison: Comparison = compare::compare(&args.folders, &options)?;
    left_out(&comparison.notes);
    match args.format {
        _ if !args.columns.is_empty() => comparison.select(&args.columns)?,
        TableFormat::Svg => comparison.select(&[cooperation(args.evaluation).into()])?,
        TableFormat::Text | TableFormat::Markdown | TableFormat::Latex => comparison.select_readable(is_built_in),
        TableFormat::Csv | TableFormat::Json => {}
    }
    if !args.populations.is_empty() {
        comparison.keep_populations(&args.populations)?;
    }
    Ok(match args.format {
        TableFormat::Csv => frame(&comparison).csv(),
        TableFormat::Json => json(&comparison),
        TableFormat::Svg => {
            comparison.keep_games();
            let choice = Choice { along: args.along.clone(), differences: args.baseline.is_some() };
            figure(&comparison, &choice)?.svg()
        }
        format => for_people(&page(&comparison), format),
    })
}

/// A column over the ticks.
fn curve(args: &CompareArgs, column: &str) -> Result<String, CompareError> {
    let mut curve = compare::curve(&args.folders, column, args.baseline.as_deref())?;
    left_out(&curve.notes);
    if !args.populations.is_empty() {
        curve.keep_populations(&args.populations)?;
    }
    Ok(match args.format {
        TableFormat::Csv => curve_frame(&curve).csv(),
        TableFormat::Json => curve_json(&curve),
        TableFormat::Svg => curve_figure(&curve)?.svg(),
        format => for_people(&curve_page(&curve), format),
    })
}

/// The column of a figure that nobody named a column for.
fn cooperation(is_evaluation: bool) -> &'static str {
    if is_evaluation { "cooperation" } else { "cooperation_rate" }
}

fn for_people(page: &Page, format: TableFormat) -> String {
    match format {
        TableFormat::Markdown => page.markdown(),
        TableFormat::Latex => page.latex(),
        _ => page.text(),
    }
}

/// Says which runs were left out.
fn left_out(notes: &[String]) {
    for note in notes.iter().take(NOTES_MAX) {
        err!("left out: {}", shown(note));
    }
    if notes.len() > NOTES_MAX {
        err!("left out: {} others", notes.len() - NOTES_MAX);
    }
}
