//! The Hugging Face Hub, through its own client and cache.

use super::{Fetcher, HubSettings, ModelFiles};
use crate::files::read_settings;
use crate::llm::files::safetensors::{CONFIG, INDEX, SINGLE, shard_names};
use hf_hub::api::Progress;
use hf_hub::api::sync::{Api, ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, CacheRepo, Repo, RepoType};
use indicatif::ProgressBar;
use std::fmt;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// Longest wait for an address or a connection, so that being offline costs only seconds.
const PATIENCE: Duration = Duration::from_secs(5);

const TOKENIZER: &str = "tokenizer.json";
const OPTIONAL: [&str; 2] = ["tokenizer_config.json", "chat_template.jinja"];

/// A repository at a revision, and perhaps one file in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) repository: String,
    pub(super) revision: String,
    pub(super) file: Option<String>,
}

impl Place {
    pub(super) fn new(repository: &str, revision: &str, file: Option<&str>) -> Self {
        Self { repository: repository.into(), revision: revision.into(), file: file.map(str::to_string) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Hugging Face Hub, {}@{}", self.repository, self.revision)?;
        self.file.iter().try_for_each(|file| write!(f, ":{file}"))
    }
}

/// Reads `owner/name[@revision][:file.gguf]`.
pub(super) fn parse(spec: &str) -> Option<Place> {
    let (rest, file) = match spec.split_once(':') {
        Some((rest, file)) => (rest, Some(file.to_string())),
        None => (spec, None),
    };
    let (repository, revision) = rest.split_once('@').unwrap_or((rest, "main"));
    let (owner, name) = repository.split_once('/')?;
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let ok =
        plain(owner) && plain(name) && !revision.is_empty() && file.as_ref().is_none_or(|file| file.ends_with(".gguf"));
    ok.then(|| Place { repository: repository.into(), revision: revision.into(), file })
}

/// The files of `place`, from the Hub's cache if they are all there, else downloaded. The error is a reason in words.
pub(super) fn fetch(place: &Place, fetcher: &Fetcher) -> Result<ModelFiles, String> {
    let settings = &fetcher.hub;
    let cache = settings.cache.clone().ok_or("no home directory; set HF_HOME")?;
    let cache = std::path::absolute(&cache).map_err(|e| format!("{}: {e}", cache.display()))?;
    let repo = Repo::with_revision(place.repository.clone(), RepoType::Model, place.revision.clone());
    let cached = Cache::new(cache.clone()).repo(repo.clone());
    if let Some(files) = cached_files(&cached, place) {
        return Ok(files);
    }
    if settings.offline {
        return Err(format!("HF_HUB_OFFLINE is set, and {} does not hold it", cache.display()));
    }
    reachable(settings)?;
    (fetcher.notice)(&format!("fetching {} from the Hub", place.repository));
    let hub = client(settings, cache).map_err(|e| explain(&e))?.repo(repo);
    match &place.file {
        Some(file) => download(&hub, &cached, file, &fetcher.progress).map(ModelFiles::Gguf),
        None => download_repository(&hub, &cached, &fetcher.progress),
    }
}

fn client(settings: &HubSettings, cache: PathBuf) -> Result<Api, ApiError> {
    let cache = Cache::new(cache);
    let token = settings.token.clone().or_else(|| cache.token());
    let builder = ApiBuilder::from_cache(cache).with_endpoint(settings.endpoint.clone()).with_token(token);
    builder.with_progress(false).with_retries(2).build()
}

fn cached_files(cached: &CacheRepo, place: &Place) -> Option<ModelFiles> {
    if let Some(file) = &place.file {
        return cached.get(file).map(ModelFiles::Gguf);
    }
    let folder = cached.get(CONFIG)?.parent()?.to_path_buf();
    let complete = cached.get(TOKENIZER).is_some() && weights_complete(&folder);
    complete.then_some(ModelFiles::Folder(folder))
}

fn weights_complete(folder: &Path) -> bool {
    folder.join(SINGLE).exists()
        || read_settings(&folder.join(INDEX))
            .ok()
            .and_then(|text| shard_names(&text))
            .is_some_and(|names| names.iter().all(|name| folder.join(name).exists()))
}

/// Everything that a folder needs to be loaded; or the one GGUF file of a repository that has nothing else.
fn download_repository(hub: &ApiRepo, cached: &CacheRepo, progress: &ProgressBar) -> Result<ModelFiles, String> {
    let listing = hub.info().map_err(|e| explain(&e))?;
    let names: Vec<String> = listing.siblings.into_iter().map(|file| file.rfilename).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let get = |name: &str| download(hub, cached, name, progress);
    if !has(SINGLE) && !has(INDEX) {
        let ggufs: Vec<&String> = names.iter().filter(|name| name.ends_with(".gguf")).collect();
        return match ggufs[..] {
            [] => Err("it holds neither safetensors nor GGUF files".into()),
            [only] => get(only).map(ModelFiles::Gguf),
            _ => Err(format!("it holds several GGUF files; write owner/name:file with one of {ggufs:?}")),
        };
    }
    let config = get(CONFIG)?;
    get(TOKENIZER)?;
    for name in OPTIONAL.into_iter().filter(|name| has(name)) {
        get(name)?;
    }
    if has(SINGLE) {
        get(SINGLE)?;
    } else {
        let index = get(INDEX)?;
        let text = read_settings(&index).map_err(|e| format!("{}: {e}", index.display()))?;
        for name in shard_names(&text).ok_or_else(|| format!("{} is not an index of shards", index.display()))? {
            get(&name)?;
        }
    }
    let folder = config.parent().ok_or("the Hub's cache has no folder for it")?;
    Ok(ModelFiles::Folder(folder.to_path_buf()))
}

fn download(hub: &ApiRepo, cached: &CacheRepo, name: &str, progress: &ProgressBar) -> Result<PathBuf, String> {
    match cached.get(name) {
        Some(path) => Ok(path),
        None => hub.download_with_progress(name, Bar(progress.clone())).map_err(|e| format!("{name}: {}", explain(&e))),
    }
}

/// The client's errors in words that say what to do.
fn explain(error: &ApiError) -> String {
    let text = error.to_string();
    if text.contains("401") || text.contains("403") {
        format!("{text}: access is denied; accept the model's licence on the Hub and set HF_TOKEN")
    } else if text.contains("404") {
        format!("{text}: there is no such repository, revision or file")
    } else {
        text
    }
}

/// Tries a connection first, with limited patience: the client would wait as long as the system does, which is minutes.
fn reachable(settings: &HubSettings) -> Result<(), String> {
    let url = settings.proxy.as_ref().unwrap_or(&settings.endpoint);
    let (host, port) =
        host_and_port(url).ok_or_else(|| format!("{url:?} is not a URL; check HF_ENDPOINT and the proxy variables"))?;
    let place = format!("{host}:{port}");
    let (sender, receiver) = mpsc::channel();
    // Name look-up has no time limit of its own.
    std::thread::spawn(move || {
        let addresses = (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // The receiver is gone if patience ended first; then the answer is no longer wanted.
        drop(sender.send(addresses));
    });
    let addresses = receiver
        .recv_timeout(PATIENCE)
        .map_err(|_| format!("{place} cannot be looked up within {PATIENCE:?}; is this machine online?"))?
        .map_err(|e| format!("{place} cannot be looked up ({e}); is this machine online?"))?;
    let mut reason = "it has no address".to_string();
    for address in addresses.iter().take(2) {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(e) => reason = e.to_string(),
        }
    }
    Err(format!("{place} cannot be reached ({reason}); is this machine online?"))
}

/// Host and port of `scheme://[user@]host[:port][/path]`.
fn host_and_port(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split('/').next()?.rsplit('@').next()?;
    let default = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, default),
    };
    let host = host.trim_matches(['[', ']']);
    (!host.is_empty()).then(|| (host.to_string(), port))
}

/// Shows the client's progress reports on our bar.
struct Bar(ProgressBar);

impl Progress for Bar {
    fn init(&mut self, size: usize, filename: &str) {
        self.0.set_message(format!("fetching {filename}"));
        self.0.set_length(size as u64);
        self.0.set_position(0);
    }

    fn update(&mut self, size: usize) {
        self.0.inc(size as u64);
    }

    fn finish(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let place = parse("Qwen/Qwen2.5-0.5B").unwrap();
        assert_eq!((place.revision.as_str(), place.file), ("main", None));
        let place = parse("o/n@abc:f.gguf").unwrap();
        assert_eq!(place.to_string(), "the Hugging Face Hub, o/n@abc:f.gguf");
        for wrong in ["plain", "a/b/c", "a/", "/b", "a/b:c.bin", "a/b@", "a b/c"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        let split = |url: &str| host_and_port(url);
        assert_eq!(split("https://huggingface.co"), Some(("huggingface.co".into(), 443)));
        assert_eq!(split("http://u:p@proxy:3128/x"), Some(("proxy".into(), 3128)));
        assert_eq!(split("http://[::1]:80"), Some(("::1".into(), 80)));
        assert_eq!(split("proxy:3128"), Some(("proxy".into(), 3128)));
        assert_eq!(split("https://"), None);
        assert_eq!(split("http://host:port"), None);
    }
}
