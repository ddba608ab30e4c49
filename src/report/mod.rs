//! `report.html`: the tables of a run, or of many, as an interactive page in one file that opens anywhere. Reads the
//! files of runs and nothing else.

mod data;
mod empirical;
mod error;
mod evolution;
mod many;
mod page;
mod phases;
mod run;
mod society;
mod table;
mod ticks;
mod views;

#[cfg(test)]
mod tests;

pub use empirical::{BYTES_MAX as EMPIRICAL_BYTES_MAX, DOCUMENT as EMPIRICAL_DOCUMENT};
pub use error::ReportError;
pub use many::write_many;
pub use run::Words;

use crate::files::write_text;
use empirical::EmpiricalGame;
use page::Section;
use run::Run;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Name of the report in a run's folder.
pub const FILE: &str = "report.html";

/// Reads the tables of the run in `folder`, finished or in progress, writes `report.html` beside them in one piece, and
/// returns its path. A column without a meaning in `words` is a plugin's, and gets a chart of its own.
///
/// # Errors
/// If a table is missing or is not one, or the report cannot be written.
pub fn write(folder: &Path, words: Words) -> Result<PathBuf, ReportError> {
    let run = Run::read(folder, words)?;
    let mut sections = Vec::new();
    for view in views::OF_A_RUN {
        if let Some(data) = (view.data)(&run)? {
            sections.push(Section::new(view, data));
        }
    }
    let path = folder.join(FILE);
    let html = page::page(&run.title, &views::common(&run), &sections);
    write_text(&path, &html).map_err(|source| ReportError::Io { action: "write", path: path.clone(), source })?;
    Ok(path)
}

/// [`write()`], if there is no report of the run yet, or none that was drawn after its end. Returns whether the report
/// has changed.
///
/// # Errors
/// As [`write()`].
pub fn renew(folder: &Path, words: Words) -> Result<bool, ReportError> {
    let path = folder.join(FILE);
    let written = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    // Clocks of file systems are coarse: of two files written at the same time, either may be the older one.
    if written(&path).is_some_and(|report| written(&folder.join(run::MANIFEST)).is_some_and(|run| report > run)) {
        return Ok(false);
    }
    // A report that cannot be read is another one than the new one.
    let before = std::fs::read(&path).ok();
    write(folder, words)?;
    Ok(before != std::fs::read(&path).ok())
}

/// Reads the document of an empirical game in `folder`, writes its page beside it, and returns its path.
///
/// # Errors
/// If there is no such document, or the page cannot be written.
pub fn write_empirical(folder: &Path) -> Result<PathBuf, ReportError> {
    let game = EmpiricalGame::read(folder)?;
    let mut sections = Vec::new();
    for view in views::OF_AN_EMPIRICAL_GAME {
        if let Some(data) = (view.data)(&game)? {
            sections.push(Section::new(view, data));
        }
    }
    let path = folder.join(empirical::PAGE);
    let html = page::page(&game.title(), &json!({ "populations": [] }), &sections);
    write_text(&path, &html).map_err(|source| ReportError::Io { action: "write", path: path.clone(), source })?;
    Ok(path)
}
