//! Folders as the Hugging Face Hub lays them out: `config.json`, safetensors (one file or shards), tokenizer files.

mod shards;
mod tensors;

pub(crate) use shards::shard_names;
pub use shards::{INDEX, SINGLE, weight_files};
pub(crate) use tensors::{TensorFiles, widen};

use super::hf_config::{self, HfConfig};
use super::weights::{Part, TensorSource, assemble, not_finite};
use crate::files::read_settings;
use crate::llm::decoder::BaseModel;
use crate::llm::decoder::Projection;
use crate::llm::engine::budget::pass::ModelShape;
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::ChatTokenizer;
use std::path::Path;
use std::sync::Arc;

/// Name of the configuration inside a folder.
pub const CONFIG: &str = "config.json";
/// Weights and tokenizer of `folder`. `known` is its tokenizer, if it was read before.
pub fn load(
    folder: &Path,
    date: ChatDate,
    known: Option<Arc<ChatTokenizer>>,
) -> Result<(BaseModel, Arc<ChatTokenizer>, Family), ModelError> {
    // The tokenizer first: it is quick, so what is wrong with it shows before gigabytes are read.
    let tokenizer = match known {
        Some(tokenizer) => tokenizer,
        None => Arc::new(ChatTokenizer::from_folder(folder, date)?),
    };
    let (base, family) = load_weights(folder)?;
    Ok((base, tokenizer, family))
}

/// Shape and tokenizer of `folder`: the weights are not read.
pub fn outline(folder: &Path, date: ChatDate) -> Result<(ModelShape, ChatTokenizer), ModelError> {
    let HfConfig { family, decoder, tied } = config(folder)?;
    let shape = ModelShape { config: decoder, post_norms: family.rules().post_norms, untied: !tied };
    Ok((shape, ChatTokenizer::from_folder(folder, date)?))
}

fn config(folder: &Path) -> Result<HfConfig, ModelError> {
    let path = folder.join(CONFIG);
    let text = read_settings(&path).map_err(ModelError::io("read", &path))?;
    hf_config::parse(&text, &path)
}

/// The weights alone of `folder`, which needs no tokenizer.
pub fn load_weights(folder: &Path) -> Result<(BaseModel, Family), ModelError> {
    let config = config(folder)?;
    let mut source = Folder::open(folder, config.family)?;
    let base = assemble(config.family, config.decoder, config.tied, &mut source)?;
    source.refuse_leftovers(config.tied)?;
    Ok((base, config.family))
}

/// The weight files of a model of a family.
#[derive(Debug)]
pub(crate) struct Folder {
    family: Family,
    files: TensorFiles,
}

impl Folder {
    fn open(folder: &Path, family: Family) -> Result<Self, ModelError> {
        Ok(Self { family, files: TensorFiles::open(folder)? })
    }

    /// Refuses tensors that the family has no place for: they would be left out of the computation.
    fn refuse_leftovers(&self, tied: bool) -> Result<(), ModelError> {
        let whose = self.family.rules().hf_architecture;
        self.files.refuse_leftovers(whose, |name| tied && name == "lm_head.weight")
    }
}

impl TensorSource for Folder {
    fn name(&self, part: Part) -> String {
        let rules = self.family.rules();
        let layer = |i: usize, name: &str| format!("model.layers.{i}.{name}");
        match part {
            Part::Embedding => "model.embed_tokens.weight".into(),
            Part::FinalNorm => "model.norm.weight".into(),
            Part::LmHead => "lm_head.weight".into(),
            Part::AttentionNorm(i) => layer(i, "input_layernorm.weight"),
            Part::MlpNorm(i) if rules.post_norms => layer(i, "pre_feedforward_layernorm.weight"),
            Part::MlpNorm(i) | Part::AttentionPostNorm(i) => layer(i, "post_attention_layernorm.weight"),
            Part::MlpPostNorm(i) => layer(i, "post_feedforward_layernorm.weight"),
            Part::QNorm(i) => layer(i, "self_attn.q_norm.weight"),
            Part::KNorm(i) => layer(i, "self_attn.k_norm.weight"),
            Part::Bias(i, p) => layer(i, &format!("{}.bias", module(p))),
            Part::Weight(i, p) => layer(i, &format!("{}.weight", module(p))),
        }
    }

    fn take(&mut self, part: Part, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let name = self.name(part);
        let mut values = self.files.take(&name, shape, self.family.rules().hf_architecture)?;
        if let Some(problem) = not_finite(&name, &values) {
            return Err(ModelError::damaged(self.files.path_of(&name), problem));
        }
        if self.family.rules().norms_less_one && part.is_norm() {
            values.iter_mut().for_each(|value| *value += 1.0);
        }
        Ok(values)
    }
}

/// The submodule of a decoder layer that holds `projection`.
pub(crate) fn module(projection: Projection) -> &'static str {
    match projection {
        Projection::QProj => "self_attn.q_proj",
        Projection::KProj => "self_attn.k_proj",
        Projection::VProj => "self_attn.v_proj",
        Projection::OProj => "self_attn.o_proj",
        Projection::GateProj => "mlp.gate_proj",
        Projection::UpProj => "mlp.up_proj",
        Projection::DownProj => "mlp.down_proj",
    }
}

#[cfg(test)]
mod tests;
