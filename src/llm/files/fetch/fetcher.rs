//! Where files may come from, and what was found there.

use crate::llm::files::registry::Entry;
use indicatif::ProgressBar;
use std::env;
use std::path::{Path, PathBuf};

/// Where the weights lie on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelFiles {
    /// One GGUF file.
    Gguf(PathBuf),
    /// A folder with `config.json`, safetensors and tokenizer files.
    Folder(PathBuf),
}

impl ModelFiles {
    /// The file or folder.
    pub fn path(&self) -> &Path {
        match self {
            Self::Gguf(path) | Self::Folder(path) => path,
        }
    }
}

/// How the Hugging Face Hub is reached.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Where the Hub's clients keep files; `None`: no home directory.
    pub cache: Option<PathBuf>,
    /// Access token, for licences that must be accepted.
    pub token: Option<String>,
    /// Whether to look in the cache only.
    pub offline: bool,
    /// `https://huggingface.co`, or a mirror.
    pub endpoint: String,
    /// The proxy that requests go through, if any.
    pub proxy: Option<String>,
}

/// Where to look for files, and how to show progress.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// Our own folder of models; `None`: no home directory.
    pub cache: Option<PathBuf>,
    /// The Hub.
    pub hub: HubSettings,
    /// Command lines that run pip, tried in order.
    pub pip: Vec<Vec<String>>,
    /// Told how far downloads and hashing have got.
    pub progress: ProgressBar,
    /// Told, in a sentence and beforehand, of anything that may take long.
    pub notice: fn(&str),
}

impl Fetcher {
    /// Settings from the environment: `AGORA_CACHE`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_HUB_OFFLINE`,
    /// `HF_ENDPOINT` and the usual proxy variables. Progress goes to `progress`; see
    /// [`terminal_progress`](super::terminal_progress).
    pub fn from_env(progress: ProgressBar) -> Self {
        let path = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let text = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let hf_home = path("HF_HOME").or_else(|| Some(dirs::home_dir()?.join(".cache").join("huggingface")));
        let endpoint = text("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into());
        let proxy_names: &[&str] = if endpoint.starts_with("https") {
            &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        } else {
            &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
        };
        let command = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
        Self {
            cache: path("AGORA_CACHE").or_else(|| Some(dirs::cache_dir()?.join("agora").join("models"))),
            hub: HubSettings {
                cache: path("HF_HUB_CACHE").or_else(|| hf_home.map(|home| home.join("hub"))),
                token: text("HF_TOKEN"),
                offline: text("HF_HUB_OFFLINE")
                    .is_some_and(|v| matches!(v.to_lowercase().as_str(), "1" | "true" | "yes" | "on")),
                proxy: proxy_names.iter().find_map(|name| text(name)),
                endpoint: endpoint.trim_end_matches('/').to_string(),
            },
            pip: vec![command(&["python3", "-m", "pip"]), command(&["pip3"]), command(&["pip"])],
            progress,
            notice: |_| {},
        }
    }

    /// Where `entry`'s file or folder lies, or would lie, in our cache.
    pub fn cached_path(&self, entry: &Entry) -> Option<PathBuf> {
        let folder = self.cache.as_ref()?.join(entry.name);
        Some(match entry.file {
            Some(file) => folder.join(file),
            None => folder,
        })
    }
}
