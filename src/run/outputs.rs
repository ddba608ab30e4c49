//! The files that hold a run's results, and their hashes.

use super::RunError;
use super::directory::{ADAPTERS, MANIFEST};
use crate::llm::error::ModelError;
use crate::llm::files::sha256::sha256_file;
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Kinds of files that hold results, beside the adapters: tables, the resolved scenario, prompts.
const KINDS: [&str; 3] = ["csv", "ron", "json"];
/// What other commands write into the folder of a run.
const OF_OTHERS: [&str; 2] = [MANIFEST, "evaluation.csv"];
/// Folders are not nested deeper than this.
const DEPTH_MAX: usize = 8;

/// The names of the files in `folder` that hold results: tables, the resolved scenario, prompts and adapters, with `/`
/// between folders. Links are not followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, RunError> {
    let mut names: Vec<String> = files_in(folder)?
        .into_iter()
        .filter(|name| {
            let kind = name.rsplit_once('.').map_or("", |(_, kind)| kind);
            !name.starts_with('.') && KINDS.contains(&kind) && !OF_OTHERS.contains(&name.as_str())
        })
        .collect();
    gather(&folder.join(ADAPTERS), ADAPTERS, DEPTH_MAX, &mut names)?;
    names.sort();
    Ok(names)
}

/// SHA-256 of every file that [`names`] finds, by its name.
///
/// # Errors
/// If one cannot be read.
pub(super) fn hashes(folder: &Path) -> Result<BTreeMap<String, String>, RunError> {
    names(folder)?.into_iter().map(|name| Ok((name.clone(), hash(&folder.join(name))?))).collect()
}

/// SHA-256 of the file at `path`.
///
/// # Errors
/// If it cannot be read.
pub fn hash(path: &Path) -> Result<String, RunError> {
    Ok(sha256_file(path, &ProgressBar::hidden())?)
}

/// The names of the files in `folder` itself.
fn files_in(folder: &Path) -> Result<Vec<String>, RunError> {
    Ok(entries(folder)?.into_iter().filter(|(_, kind)| kind.is_file()).map(|(name, _)| name).collect())
}

/// Adds every file below `folder` to `names`, each name beginning with `before` and a slash.
fn gather(folder: &Path, before: &str, depth: usize, names: &mut Vec<String>) -> Result<(), RunError> {
    if depth == 0 || !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    for (name, kind) in entries(folder)? {
        let shown = format!("{before}/{name}");
        if kind.is_dir() {
            gather(&folder.join(name), &shown, depth - 1, names)?;
        } else if kind.is_file() && !name.starts_with('.') {
            names.push(shown);
        }
    }
    Ok(())
}

/// Names and kinds of what is in `folder`; links are links, whatever they lead to.
fn entries(folder: &Path) -> Result<Vec<(String, fs::FileType)>, RunError> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?))
    };
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(read).collect());
    entries.map_err(|source| ModelError::io("read", folder)(source).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_tables_scenario_and_adapters_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let results = ["adapters/a_0/adapter_model.safetensors", "moves.csv", "prompts.json", "scenario.ron"];
        let others = ["manifest.json", "evaluation.csv", "report.html", ".lock", "checkpoint.bin", "adapters/a_0/.x"];
        for name in results.iter().chain(&others) {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", dir.path().join("adapters/elsewhere")).unwrap();
        assert_eq!(names(dir.path()).unwrap(), results);
        let hashes = hashes(dir.path()).unwrap();
        assert_eq!(hashes["moves.csv"], crate::llm::files::sha256::sha256_of(b"moves.csv"));
    }
}
