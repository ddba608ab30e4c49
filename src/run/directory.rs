//! The folder a run leaves behind.

use super::RunError;
use crate::faults::before;
use crate::files::{LOCK, is_held, make_folder, remove_file, whole_of, write_whole};
use crate::remote::RECORDING;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder of adapters.
pub(super) const ADAPTERS: &str = "adapters";
/// The file that says whose folder it is.
pub(super) const MANIFEST: &str = "manifest.json";

/// A run's folder, held by this process.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    /// Locked for as long as it lives; `None` where the file system has no locks.
    lock: Option<File>,
}

impl RunDirectory {
    /// The default folder of a run.
    pub fn default_path(scenario: &str, seed: u64) -> PathBuf {
        Self::path_in(Path::new("runs"), scenario, seed)
    }

    /// The folder of a run that is one of many in `parent`.
    pub fn path_in(parent: &Path, scenario: &str, seed: u64) -> PathBuf {
        parent.join(format!("{scenario}-s{seed}"))
    }

    /// Makes the folder. An existing one must hold nothing but what a run leaves that could not begin: nothing is ever
    /// overwritten.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        if path.is_file() {
            return Err(RunError::OutputIsFile { path: path.to_path_buf() });
        }
        if let Ok(target) = fs::read_link(path)
            && !path.exists()
        {
            return Err(RunError::OutputDangles { path: path.to_path_buf(), target });
        }
        make_folder(path).map_err(|source| RunError::write(path, source))?;
        let taken = || RunError::OutputTaken { path: path.to_path_buf() };
        if !is_unused(path)? {
            return Err(taken());
        }
        let lock = lock(path)?;
        // Another process may have come and gone between the first look and the lock.
        if is_unused(path)? { Ok(Self { path: path.to_path_buf(), lock }) } else { Err(taken()) }
    }

    /// Takes hold of an existing folder.
    ///
    /// # Errors
    /// If another process holds it, or if that cannot be known.
    pub fn reopen(path: &Path) -> Result<Self, RunError> {
        match lock(path)? {
            lock @ Some(_) => Ok(Self { path: path.to_path_buf(), lock }),
            None => Err(RunError::NoLocks { path: path.to_path_buf() }),
        }
    }

    /// Whether a process holds the folder. Changes nothing there; false where the file system has no locks.
    pub fn is_held(path: &Path) -> bool {
        is_held(&path.join(LOCK))
    }

    /// Removes everything in the folder, the manifest last, so that an interruption still leaves word of whose folder
    /// it is. What servers said stays, and the manifest with it: the run that starts again asks the same, and need not
    /// ask twice.
    pub fn clear(&self) -> Result<(), RunError> {
        let mut paths = entries(&self.path)?;
        let kept: &[&str] = match self.path.join(RECORDING).exists() {
            true => &[LOCK, RECORDING, MANIFEST],
            false => &[LOCK],
        };
        paths.retain(|path| !kept.iter().any(|name| path.ends_with(name)));
        paths.sort_by_key(|path| path.ends_with(MANIFEST));
        for path in paths {
            // Not `is_dir`, which follows links: what a link leads to does not belong to the run.
            let is_folder = path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
            let removed = if is_folder { fs::remove_dir_all(&path) } else { remove_file(&path) };
            removed.map_err(|source| RunError::write(&path, source))?;
        }
        Ok(())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether other processes can tell that it is in use.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Writes `text` to `name` in one step: a reader finds the old text or the new one, never half of it.
    pub fn write(&self, name: &str, text: &str) -> Result<(), RunError> {
        self.write_by(name, |file| file.write_all(text.as_bytes()))
    }

    /// Writes what `fill` puts into a file to `name`, in one step and to the disk.
    pub fn write_by(&self, name: &str, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), RunError> {
        let path = self.path.join(name);
        write_whole(&path, fill).map_err(|source| RunError::write(&path, source))
    }

    /// The folder for the adapter of `agent`.
    pub fn adapter(&self, agent: &str) -> PathBuf {
        self.path.join(ADAPTERS).join(agent)
    }
}

/// Whether `path` is a folder in which no run has written yet. What one may leave behind that was killed at its very
/// start is of no value: an empty lock, and a manifest that was being written.
pub(super) fn is_unused(path: &Path) -> Result<bool, RunError> {
    let is_of_no_value = |entry: &PathBuf| {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let length = entry.symlink_metadata().ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len());
        match length {
            Some(0) if name == LOCK => true,
            Some(_) => whole_of(&name) == Some(MANIFEST),
            None => false,
        }
    };
    Ok(entries(path)?.iter().all(is_of_no_value))
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    let entries = fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    entries.map_err(|source| RunError::write(path, source))
}

/// Locks the folder for this process; `None` where the file system has no locks, as on some clusters.
fn lock(path: &Path) -> Result<Option<File>, RunError> {
    let file = path.join(LOCK);
    let opened =
        before("create", &file).and_then(|()| File::options().create(true).truncate(false).write(true).open(&file));
    let opened = opened.map_err(|source| RunError::write(&file, source))?;
    match opened.try_lock() {
        Ok(()) => Ok(Some(opened)),
        Err(fs::TryLockError::WouldBlock) => Err(RunError::OutputBusy { path: path.to_path_buf() }),
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<String> = entries(path)
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        let held = RunDirectory::create(&path).unwrap();
        assert!(held.is_locked());
        assert!(matches!(RunDirectory::create(&path), Err(RunError::OutputBusy { .. })));
        assert!(matches!(RunDirectory::reopen(&path), Err(RunError::OutputBusy { .. })));
        assert!(RunDirectory::is_held(&path));
        drop(held);
        assert!(!RunDirectory::is_held(&path) && !RunDirectory::is_held(dir.path()));
        assert!(RunDirectory::create(&path).unwrap().is_locked(), "a lock alone is no run");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_told_with_where_it_leads() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path().join("nowhere"), &link).unwrap();
        let error = RunDirectory::create(&link).unwrap_err().to_string();
        assert!(error.contains("is a link to") && error.contains("nowhere") && !error.contains("rows"), "{error}");
    }

    #[test]
    fn clearing_takes_everything_but_what_links_lead_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        let held = RunDirectory::create(&path).unwrap();
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("mine.txt"), "precious").unwrap();
        held.write(MANIFEST, "{}").unwrap();
        fs::create_dir_all(held.adapter("a_0")).unwrap();
        fs::write(held.adapter("a_0").join("x"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&elsewhere, path.join("link")).unwrap();
        held.clear().unwrap();
        assert_eq!(names(&path), [LOCK]);
        assert_eq!(names(&elsewhere), ["mine.txt"]);
    }

    #[test]
    fn clearing_keeps_what_servers_said_and_whose_folder_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let held = RunDirectory::create(&dir.path().join("run")).unwrap();
        for name in [MANIFEST, RECORDING, "moves.csv"] {
            held.write(name, "{}").unwrap();
        }
        held.clear().unwrap();
        assert_eq!(names(held.path()), [LOCK, MANIFEST, RECORDING]);
    }
}
