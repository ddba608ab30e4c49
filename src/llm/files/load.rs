//! A base model as the rest of the program sees it: weights, tokenizer, identity, and the errors of getting there.

use super::fetch::{Fetcher, ModelFiles};
use super::loaded::{LoadedModel, ModelIdentity};
use super::registry;
use crate::llm::decoder::BaseModel;
use crate::llm::error::ModelError;
use crate::llm::files::outline::Outline;
use crate::llm::files::{fetch, gguf, safetensors, tiny};
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::ChatTokenizer;
use std::sync::Arc;

/// Finds, fetches if need be, checks and loads the model that `spec` names.
///
/// `spec` is `tiny`, a name of the registry, a path to a GGUF file or to a folder with `config.json` and safetensors,
/// or `owner/name[@revision][:file.gguf]` on the Hugging Face Hub. `date` is the date that templates print as today's.
pub fn load(spec: &str, fetcher: &Fetcher, date: ChatDate) -> Result<LoadedModel, ModelError> {
    load_outlined(spec, fetcher, date, None)
}

/// Like [`load`], with the tokenizer of the model's `outline` if that was read from the files that are found now.
pub fn load_outlined(
    spec: &str,
    fetcher: &Fetcher,
    date: ChatDate,
    outline: Option<&Outline>,
) -> Result<LoadedModel, ModelError> {
    if spec == registry::BUILT_IN {
        return outline.map_or_else(|| tiny::load(date), |outline| Ok(tiny::with_tokenizer(outline.tokenizer.clone())));
    }
    let found = fetch::find(spec, fetcher)?;
    (fetcher.notice)(&format!("reading the weights of {}", found.name));
    let known = outline.filter(|outline| outline.files.as_ref() == Some(&found.files));
    let known = known.map(|outline| outline.tokenizer.clone());
    let ((base, tokenizer, family), quantisation) = match &found.files {
        ModelFiles::Gguf(path) => gguf::load(path, date, known)?,
        ModelFiles::Folder(folder) => (safetensors::load(folder, date, known)?, None),
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
    Ok(LoadedModel { base: Arc::new(base), tokenizer, id })
}

/// Refuses here, once, a token id beyond the embedding, which would index past the weights.
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
