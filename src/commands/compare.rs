//! `sim compare`.

use super::exit::DONE;
use super::print::fail;
use super::print::out;
use crate::cli::{CompareArgs, TableFormat};
use crate::compare::{self, CompareError, Comparison};
use crate::files::write_text;
use crate::metrics::is_built_in;

pub(super) fn execute(args: &CompareArgs) -> u8 {
    if let Some(path) = args.out.as_deref().filter(|path| path.exists() && !args.force) {
        return fail(super::print::already_there(path));
    }
    let text = match compared(args) {
        Ok(comparison) => match args.format {
            TableFormat::Text => compare::text(&comparison) + "\n",
            TableFormat::Csv => compare::csv(&comparison),
        },
        Err(error) => return fail(error),
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

fn compared(args: &CompareArgs) -> Result<Comparison, CompareError> {
    let last = usize::try_from(args.last).unwrap_or(usize::MAX);
    let mut comparison = compare::compare(&args.folders, last)?;
    match args.format {
        _ if !args.columns.is_empty() => comparison.select(&args.columns)?,
        TableFormat::Text => comparison.select_readable(is_built_in),
        TableFormat::Csv => {}
    }
    Ok(comparison)
}
