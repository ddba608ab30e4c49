//! Runs as they lie on the disk: found below a folder, and what became of each.

use super::directory::{MANIFEST, is_unused};
use super::{Manifest, RunError, Status, checkpoint};
use crate::files::{LOCK, folders};
use std::path::{Path, PathBuf};

/// Folders are searched to this depth.
const DEPTH_MAX: usize = 6;

/// The folder of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRun {
    /// The folder.
    pub path: PathBuf,
    /// What is in it.
    pub content: Content,
}

/// What the folder of a run holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A run, and what became of it.
    Run(Box<Manifest>, Status),
    /// A manifest that cannot be read, for this reason.
    Damaged(String),
    /// What a run leaves behind that was killed before its manifest was written.
    Empty,
}

impl FoundRun {
    /// What is in `path`; `None` if it is no run's folder.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn at(path: &Path) -> Result<Option<Self>, RunError> {
        let content = match Manifest::read(path) {
            Ok(Some(manifest)) => {
                let status = manifest.status.now(path);
                Content::Run(Box::new(manifest), status)
            }
            Ok(None) if path.join(LOCK).is_file() && is_unused(path)? => Content::Empty,
            Ok(None) => return Ok(None),
            Err(problem) => Content::Damaged(problem),
        };
        Ok(Some(Self { path: path.to_path_buf(), content }))
    }

    /// Whether the run can be resumed from a checkpoint.
    pub fn has_checkpoint(&self) -> bool {
        checkpoint::is_in(&self.path)
    }
}

/// What [`find`] found.
#[derive(Debug, Default)]
pub struct Found {
    /// The runs, in the order of their paths.
    pub runs: Vec<FoundRun>,
    /// What could not be looked into, a sentence each.
    pub problems: Vec<String>,
}

/// The runs below `folder`, or that in `folder` itself. Links are not followed, and the folders of runs not searched.
pub fn find(folder: &Path) -> Found {
    let is_run = |folder: &Path| {
        folder.join(MANIFEST).symlink_metadata().is_ok() || folder.join(LOCK).symlink_metadata().is_ok()
    };
    // A folder that holds a lock alone, which is not a run's, may hold runs.
    let wanted = |folder: &Path| is_run(folder) && !matches!(FoundRun::at(folder), Ok(None));
    let there = folders(folder, DEPTH_MAX, &wanted);
    let mut found = Found { problems: there.problems(), ..Found::default() };
    for path in there.found {
        match FoundRun::at(&path) {
            Ok(run) => found.runs.extend(run),
            Err(error) => found.problems.push(error.to_string()),
        }
    }
    found.runs.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn runs_are_found_wherever_they_lie_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("runs");
        for name in ["b/two", "a", "b/.hidden", "b/empty", "none/deeper"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        for name in ["b/two", "a", "b/.hidden"] {
            fs::write(root.join(name).join("manifest.json"), "{").unwrap();
        }
        fs::write(root.join("b/empty/.lock"), "").unwrap();
        fs::create_dir_all(root.join("a/inside")).unwrap();
        fs::write(root.join("a/inside/manifest.json"), "{").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
        let found = find(&root).runs;
        let names: Vec<_> = found.iter().map(|run| run.path.strip_prefix(&root).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a", "b/empty", "b/two"]);
        assert!(matches!(found[0].content, Content::Damaged(_)) && found[1].content == Content::Empty);
        assert_eq!(find(&root.join("a")).runs.len(), 1, "a run's own folder is that run");
        assert_eq!(find(&root.join("nowhere")).problems.len(), 1);
        // A lock with something in it is another program's.
        fs::write(root.join("b/empty/.lock"), "mine").unwrap();
        assert_eq!(find(&root).runs.len(), 2);
    }
}
