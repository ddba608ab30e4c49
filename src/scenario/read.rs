//! Scenario files as they are on disk.

use super::diagnostics::Problem;
use super::text::{Span, Syntax};
use crate::files::read_bytes;
use std::io::ErrorKind;
use std::path::Path;

/// The most bytes of a scenario file: a thousand populations, spelt out, have fewer.
const SCENARIO_BYTES_MAX: u64 = 4 << 20;

/// The text of the scenario file at `path`, or the problem with it, which is outside of any text.
pub(super) fn read(path: &Path) -> Result<String, Problem> {
    let shown = path.display();
    if path.is_dir() {
        let help = nearby(path).map(|found| format!("it holds {found}"));
        return Err(Problem::unplaced(format!("{shown} is a directory; a scenario is a file"), help));
    }
    let bytes = read_bytes(path, SCENARIO_BYTES_MAX).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let help = nearby(folder).map(|found| format!("{} holds {found}", folder.display()));
            Problem::unplaced(format!("`{shown}` does not exist"), help)
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

/// The scenario files of a folder, as a hint: those in RON, or else those in other languages, of which some may be
/// something else.
fn nearby(folder: &Path) -> Option<String> {
    let mut names: Vec<(Syntax, String)> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().to_string_lossy().into_owned();
            Some((Syntax::of_path(Path::new(&name))?, name))
        })
        .collect();
    if names.iter().any(|(syntax, _)| *syntax == Syntax::Ron) {
        names.retain(|(syntax, _)| *syntax == Syntax::Ron);
    }
    let mut names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    names.sort();
    names.truncate(12);
    (!names.is_empty()).then(|| names.join(", "))
}
