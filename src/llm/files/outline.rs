//! A model before its weights are read: shape and tokenizer, from files that are already on this machine.

use super::fetch::{self, Fetcher, ModelFiles};
use super::random::RandomShape;
use super::registry;
use crate::llm::decoder::BaseModel;
use crate::llm::engine::budget::pass::ModelShape;
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::files::{gguf, safetensors, tiny};
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::ChatTokenizer;
use std::path::Path;
use std::sync::Arc;

/// A model without its weights.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Sizes and switches.
    pub shape: ModelShape,
    /// Text to token ids, and the chat template.
    pub tokenizer: Arc<ChatTokenizer>,
    /// What both were read from; `None`: this program makes the model.
    pub files: Option<ModelFiles>,
}

/// The outline of the model that `spec` names, as [`crate::llm::files::load::load`] understands it; `None` if its files
/// are not on this machine. Nothing is fetched, and no weight is read.
pub fn outline(spec: &str, fetcher: &Fetcher, date: ChatDate) -> Result<Option<Outline>, ModelError> {
    if spec == registry::BUILT_IN {
        let shape = ModelShape { config: tiny::config(), post_norms: false, untied: false };
        return Ok(Some(Outline { shape, tokenizer: Arc::new(tiny::tokenizer(date)?), files: None }));
    }
    let Some(files) = fetch::find_here(spec, fetcher)? else { return Ok(None) };
    let (shape, tokenizer) = match &files {
        ModelFiles::Gguf(path) => return Ok(Some(of_gguf(path, date)?.0)),
        ModelFiles::Folder(folder) => safetensors::outline(folder, date)?,
    };
    Ok(Some(Outline { shape, tokenizer: Arc::new(tokenizer), files: Some(files) }))
}

/// The outline of the GGUF file at `path`, and its family.
pub fn of_gguf(path: &Path, date: ChatDate) -> Result<(Outline, Family), ModelError> {
    let (shape, tokenizer, family) = gguf::outline(path, date)?;
    let files = Some(ModelFiles::Gguf(path.to_path_buf()));
    Ok((Outline { shape, tokenizer: Arc::new(tokenizer), files }, family))
}

/// The outline of random weights of this shape.
pub fn outline_random(shape: &RandomShape, date: ChatDate) -> Result<Outline, ModelError> {
    let model =
        ModelShape { config: shape.decoder()?, post_norms: shape.family.rules().post_norms, untied: shape.untied };
    Ok(Outline { shape: model, tokenizer: Arc::new(tiny::tokenizer(date)?), files: None })
}

impl BaseModel {
    /// The model without its weights.
    pub fn shape(&self) -> ModelShape {
        ModelShape {
            config: self.config.clone(),
            post_norms: self.layers.iter().any(|layer| layer.mlp_post_norm.is_some()),
            untied: self.lm_head.is_some(),
        }
    }
}
