//! `sim compare`.

use crate::cli::{CompareArgs, TableFormat};
use crate::commands::input::folder::check_that_they_exist;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::compare::layout::Page;
use crate::compare::output::{curve_frame, curve_json, curve_page, frame, json, page};
use crate::compare::{self, CompareError, Comparison, Options};
use crate::files::write_text;
use crate::metrics::is_built_in;
use crate::text::shown;

/// The most notes that are printed one by one.
const NOTES_MAX: usize = 20;

pub(in crate::commands) fn execute(args: &CompareArgs) -> u8 {
    if let Some(path) = args.out.as_deref().filter(|path| path.exists() && !args.force) {
        return fail(crate::commands::terminal::print::already_there(path));
    }
    if let Err(problem) = check_that_they_exist(&args.folders) {
        return refuse(problem);
    }
    let compared = match &args.curve {
        Some(column) => curve(args, column),
        None => means(args),
    };
    let text = match compared {
        Ok(text) => text,
        Err(error) => return refuse(error),
    };
    match &args.out {
        None => out!("{}", text.trim_end()),
        Some(path) => {
            if let Err(source) = write_text(path, &text) {
                return fail(CompareError::Io { action: "write", path: path.clone(), source });
            }
        }
    }
    DONE
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
        TableFormat::Text | TableFormat::Markdown | TableFormat::Latex => comparison.select_readable(is_built_in),
        TableFormat::Csv | TableFormat::Json => {}
    }
    Ok(match args.format {
        TableFormat::Csv => frame(&comparison).csv(),
        TableFormat::Json => json(&comparison),
        format => for_people(&page(&comparison), format),
    })
}

/// A column over the ticks.
fn curve(args: &CompareArgs, column: &str) -> Result<String, CompareError> {
    let curve = compare::curve(&args.folders, column, args.baseline.as_deref())?;
    left_out(&curve.notes);
    Ok(match args.format {
        TableFormat::Csv => curve_frame(&curve).csv(),
        TableFormat::Json => curve_json(&curve),
        format => for_people(&curve_page(&curve), format),
    })
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
