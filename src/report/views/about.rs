//! What was run, by what, and which files lie beside the page.

use super::View;
use crate::report::ReportError;
use crate::report::run::Run;
use serde_json::{Value, json};
use std::fs;

pub(super) const VIEW: View<Run> = View { name: "about", title: "The run", script: include_str!("about.js"), data };

/// The most files that are listed.
const FILES_MAX: usize = 40;

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let entries = fs::read_dir(&run.folder);
    let mut files: Vec<(String, u64)> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.to_owned();
            let is_shown =
                ["csv", "json", "jsonl", "ron", "parquet"].iter().any(|end| name.ends_with(&format!(".{end}")));
            let metadata = entry.metadata().ok()?;
            (is_shown && !name.starts_with('.') && metadata.is_file()).then_some((name, metadata.len()))
        })
        .collect();
    files.sort();
    let left_out = files.len().saturating_sub(FILES_MAX);
    files.truncate(FILES_MAX);
    Ok(Some(json!({
        "manifest": run.manifest,
        "scenario": run.scenario,
        "files": files,
        "files_left_out": left_out,
    })))
}
