//! A base model as the rest of the program sees it: weights, tokenizer, identity, and the errors of getting there.

use super::fetch::{Fetcher, ModelFiles};
use super::registry;
use crate::llm::decoder::BaseModel;
use crate::llm::error::ModelError;
use crate::llm::files::{fetch, gguf, safetensors, tiny};
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::ChatTokenizer;
use std::sync::Arc;

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

/// Finds, fetches if need be, checks and loads the model that `spec` names.
///
/// `spec` is `tiny`, a name of the registry, a path to a GGUF file or to a folder with `config.json` and safetensors, or
/// `owner/name[@revision][:file.gguf]` on the Hugging Face Hub. `date` is what templates that print today's date print.
pub fn load(spec: &str, fetcher: &Fetcher, date: ChatDate) -> Result<LoadedModel, ModelError> {
    if spec == registry::BUILT_IN {
        return tiny::load(date);
    }
    let found = fetch::find(spec, fetcher)?;
    (fetcher.notice)(&format!("reading the weights of {}", found.name));
    let ((base, tokenizer, family), quantisation) = match &found.files {
        ModelFiles::Gguf(path) => gguf::load(path, date)?,
        ModelFiles::Folder(folder) => (safetensors::load(folder, date)?, None),
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
