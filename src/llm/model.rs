//! A base model as the rest of the program sees it: weights, tokenizer, identity, and the errors of getting there.

use super::chat::ChatDate;
use super::decoder::BaseModel;
use super::fetch::{Fetcher, ModelFiles};
use super::tokenizer::ChatTokenizer;
use super::{fetch, gguf, safetensors_io, tiny};
use crate::text::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A family of decoders that the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Family {
    /// Llama 2, 3, SmolLM2 and their kin.
    Llama,
    /// Qwen 2 and 2.5: biases on q, k, v.
    Qwen2,
    /// Qwen 3: norms on q and k.
    Qwen3,
    /// Gemma 2: soft caps, every second layer windowed.
    Gemma2,
    /// Gemma 3: norms on q and k, two rotary bases.
    Gemma3,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 5] = [Self::Llama, Self::Qwen2, Self::Qwen3, Self::Gemma2, Self::Gemma3];

    /// The word GGUF files use in `general.architecture`, also ours in rows and manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Gemma2 => "gemma2",
            Self::Gemma3 => "gemma3",
        }
    }

    /// The class that `config.json` names in `architectures`.
    pub fn hf_architecture(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
            Self::Gemma2 => "Gemma2ForCausalLM",
            Self::Gemma3 => "Gemma3ForCausalLM",
        }
    }

    /// Whether this is one of the Gemmas: scaled embeddings, GELU, norms around both sides of each half block.
    pub fn is_gemma(self) -> bool {
        matches!(self, Self::Gemma2 | Self::Gemma3)
    }

    /// Whether query and key heads are normalised.
    pub fn has_qk_norm(self) -> bool {
        matches!(self, Self::Qwen3 | Self::Gemma3)
    }
}

/// Where a model came from and what exactly it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelIdentity {
    /// The name it was asked for by, or the file's or folder's own.
    pub name: String,
    /// SHA-256 of the weights' file in lower-case hex; for a folder, of its files' hashes; for `tiny`, of its numbers.
    pub sha256: String,
    /// The family's name.
    pub family: &'static str,
    /// Where it was found: a path, a Hub repository, a package.
    pub source: String,
    /// What an adapter's `base_model_name_or_path` should say: the Hub repository of the unquantised weights, if known.
    pub base_repository: Option<String>,
    /// How most of the weights were rounded before they got here (`Q4_1`); `None`: they were not.
    pub quantisation: Option<String>,
}

/// A model ready for use; a clone shares weights and tokenizer.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    /// The frozen weights.
    pub base: Arc<BaseModel>,
    /// Text to token ids and back, and the chat template.
    pub tokenizer: Arc<ChatTokenizer>,
    /// Name, hash, family, source.
    pub id: ModelIdentity,
}

/// Why a model, tokenizer or adapter cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// A verb: read, write, create.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found, what was expected, what to do.
        problem: String,
    },
    /// A model or a feature of one that the engine does not compute.
    #[error("{}: {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What was found and what is supported.
        what: String,
    },
    /// The bytes are not the ones the registry names.
    #[error("{}: SHA-256 is {found}, expected {expected}; the file is incomplete or another version, delete it and try again", path.display())]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// Its hash.
        found: String,
        /// The registry's.
        expected: String,
    },
    /// A name that is neither in the registry nor a path nor a Hub repository.
    #[error("{0}")]
    UnknownName(String),
    /// Every source failed.
    #[error("{0}")]
    NothingFound(String),
    /// The tokenizer cannot be built or refused a text.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// The chat template is missing or failed.
    #[error("chat template: {0}")]
    Template(String),
    /// A prompt that the model cannot read.
    #[error(
        "a prompt of {found} {unit} is longer than the {most} that are read; shorten it (persona, system message, labels, \
         prefill), or take a model with a longer context"
    )]
    TooLong {
        /// Its length.
        found: usize,
        /// Of what: tokens, bytes.
        unit: &'static str,
        /// The longest that is read.
        most: usize,
    },
    /// A prompt without tokens: there is nothing to answer to.
    #[error("a prompt is empty: its text has no tokens, or the chat template prints nothing for it")]
    EmptyPrompt,
    /// Labels that cannot be scored as token sequences.
    #[error("labels: {0}")]
    Labels(String),
    /// The model gives something that is no number.
    #[error(
        "{whose}: the model gives {value} where a log-probability or a value belongs, so nothing it says can be used; the \
         weights of the base or of the adapter are damaged, or so large that sums overflow: take another file"
    )]
    NotFinite {
        /// Who was asked.
        whose: String,
        /// What came out.
        value: f32,
    },
    /// An adapter's folder does not fit.
    #[error("adapter {}: {problem}", path.display())]
    Adapter {
        /// The folder.
        path: PathBuf,
        /// What was found, what was expected, what to do.
        problem: String,
    },
}

/// Words of files are shown as words, whatever they would do to a terminal.
impl ModelError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn damaged(path: &Path, problem: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), problem: shown(&problem.into()).into_owned() }
    }

    pub(crate) fn tokenizer(problem: &str) -> Self {
        Self::Tokenizer(shown(problem).into_owned())
    }

    pub(crate) fn unsupported(path: &Path, what: impl Into<String>) -> Self {
        Self::Unsupported { path: path.to_path_buf(), what: shown(&what.into()).into_owned() }
    }
}

/// Finds, fetches if need be, checks and loads the model that `spec` names.
///
/// `spec` is `tiny`, a name of the registry, a path to a GGUF file or to a folder with `config.json` and safetensors, or
/// `owner/name[@revision][:file.gguf]` on the Hugging Face Hub. `date` is what templates that print today's date print.
pub fn load(spec: &str, fetcher: &Fetcher, date: ChatDate) -> Result<LoadedModel, ModelError> {
    if spec == tiny::NAME {
        return tiny::load(date);
    }
    let found = fetch::find(spec, fetcher)?;
    (fetcher.notice)(&format!("reading the weights of {}", found.name));
    let ((base, tokenizer, family), quantisation) = match &found.files {
        ModelFiles::Gguf(path) => gguf::load(path, date)?,
        ModelFiles::Folder(folder) => (safetensors_io::load(folder, date)?, None),
    };
    let id = ModelIdentity {
        name: found.name,
        sha256: found.sha256,
        family: family.name(),
        source: found.source,
        base_repository: found.base_repository,
        quantisation,
    };
    check_vocabulary(&base, &tokenizer, &found.files)?;
    Ok(LoadedModel { base: Arc::new(base), tokenizer: Arc::new(tokenizer), id })
}

/// A token id beyond the embedding would index out of the weights, so it is refused here, once.
fn check_vocabulary(base: &BaseModel, tokenizer: &ChatTokenizer, files: &ModelFiles) -> Result<(), ModelError> {
    let (tokens, rows) = (tokenizer.id_bound(), base.config.vocab);
    if tokens > rows {
        let problem = format!(
            "the tokenizer has ids up to {}, the embedding only {rows} rows; the files do not belong together",
            tokens - 1
        );
        return Err(ModelError::damaged(files.path(), problem));
    }
    Ok(())
}
