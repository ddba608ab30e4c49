//! Runs as they lie on the disk: found below a folder, and what became of each.

use super::directory::{LOCK, is_unused};
use super::{Manifest, RunDirectory, RunError, Status, checkpoint};
use crate::llm::error::ModelError;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders are searched to this depth.
const DEPTH_MAX: usize = 6;
/// Not more folders than this are looked into.
const FOLDERS_MAX: usize = 200_000;

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
    Run(Box<Manifest>, Standing),
    /// A manifest that cannot be read, for this reason.
    Damaged(String),
    /// What a run leaves behind that was killed before its manifest was written.
    Empty,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A process is working on it.
    Running,
    /// It was killed.
    CutOff,
    /// All ticks are played.
    Done,
    /// An error stopped it.
    Failed,
    /// It was stopped on request.
    Interrupted,
}

impl Standing {
    /// What became of the run in `folder`.
    fn of(folder: &Path, manifest: &Manifest) -> Self {
        match manifest.status {
            Status::Done => Self::Done,
            // Until a run that is resumed has loaded its model, its manifest says how it ended before.
            _ if RunDirectory::is_held(folder) => Self::Running,
            status => Self::unheld(status),
        }
    }

    /// What became of a run that no process works on.
    pub(super) fn unheld(status: Status) -> Self {
        match status {
            Status::Done => Self::Done,
            Status::Running => Self::CutOff,
            Status::Failed => Self::Failed,
            Status::Interrupted => Self::Interrupted,
        }
    }

    /// A word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::CutOff => "cut off",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl FoundRun {
    /// What is in `path`; `None` if it is no run's folder.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn at(path: &Path) -> Result<Option<Self>, RunError> {
        let content = match Manifest::read(path) {
            Ok(Some(manifest)) => {
                let standing = Standing::of(path, &manifest);
                Content::Run(Box::new(manifest), standing)
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

/// The runs below `folder`, or that in `folder` itself, in the order of their paths. Links are not followed, and the
/// folders of runs not searched.
///
/// # Errors
/// If a folder cannot be read, or there are too many.
pub fn find(folder: &Path) -> Result<Vec<FoundRun>, RunError> {
    let (mut found, mut looked) = (Vec::new(), 0);
    search(folder, DEPTH_MAX, &mut looked, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn search(folder: &Path, depth: usize, looked: &mut usize, found: &mut Vec<FoundRun>) -> Result<(), RunError> {
    *looked += 1;
    if *looked > FOLDERS_MAX {
        return Err(RunError::TooManyFolders { path: folder.to_path_buf(), most: FOLDERS_MAX });
    }
    if let Some(run) = FoundRun::at(folder)? {
        found.push(run);
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let unreadable = |source| ModelError::io("read", folder)(source);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !entry.file_name().to_string_lossy().starts_with('.') {
            search(&entry.path(), depth - 1, looked, found)?;
        }
    }
    Ok(())
}

/// The files below `folder` and their sizes in bytes, by name, with `/` between folders. Links are not followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<(String, u64)>, RunError> {
    let mut files = Vec::new();
    let mut open = vec![(folder.to_path_buf(), String::new(), DEPTH_MAX)];
    while let Some((folder, before, depth)) = open.pop() {
        let unreadable = |source| ModelError::io("read", &folder)(source);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            // Of a link, the link's own.
            let metadata = entry.metadata().map_err(unreadable)?;
            if metadata.is_dir() && depth > 0 {
                open.push((entry.path(), format!("{name}/"), depth - 1));
            } else if metadata.is_file() {
                files.push((name, metadata.len()));
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let found = find(&root).unwrap();
        let names: Vec<_> = found.iter().map(|run| run.path.strip_prefix(&root).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a", "b/empty", "b/two"]);
        assert!(matches!(found[0].content, Content::Damaged(_)) && found[1].content == Content::Empty);
        assert_eq!(find(&root.join("a")).unwrap().len(), 1, "a run's own folder is that run");
        assert_eq!(
            files(&root.join("b")).unwrap(),
            [(".hidden/manifest.json".into(), 1), ("empty/.lock".into(), 0), ("two/manifest.json".into(), 1)]
        );
        assert!(find(&root.join("nowhere")).is_err());
    }
}
