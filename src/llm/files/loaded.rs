//! A model ready for use, and what exactly it is.

use crate::llm::decoder::BaseModel;
use crate::llm::text::tokenizer::ChatTokenizer;
use std::sync::Arc;

/// Where a model came from and what exactly it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelIdentity {
    /// The name that was asked for, or the file's or folder's own.
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
