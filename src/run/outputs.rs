//! The files that hold a run's results, and their hashes.

use super::RunError;
use super::contents::{Contents, Kind};
use crate::llm::files::sha256::sha256_file;
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::path::Path;

/// The names of the files in `folder` that hold results, as [`Kind`] has them.
///
/// # Errors
/// If a folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, RunError> {
    Ok(Contents::of(folder)?.named(Kind::Result).map(String::from).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn results_are_hashed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let results = ["adapters/a_0/adapter_model.safetensors", "moves.csv", "prompts.json", "remote.jsonl"];
        let others = ["manifest.json", "evaluation.csv", "mine.csv", ".lock", "checkpoint.bin", "adapters/a_0/.x"];
        for name in results.iter().chain(&others) {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        assert_eq!(names(dir.path()).unwrap(), results);
        let hashes = hashes(dir.path()).unwrap();
        assert_eq!(hashes["moves.csv"], crate::llm::files::sha256::sha256_of(b"moves.csv"));
    }
}
