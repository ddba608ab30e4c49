//! Folders as the Hugging Face Hub lays them out: `config.json`, safetensors (one file or shards), tokenizer files.

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
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the configuration inside a folder.
pub const CONFIG: &str = "config.json";
/// Name of the weights when they are one file.
pub const SINGLE: &str = "model.safetensors";
/// Name of the list of shards when they are several.
pub const INDEX: &str = "model.safetensors.index.json";

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

/// The weight files of `folder`, sorted: `model.safetensors`, or the shards that the index names.
pub fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let index = folder.join(INDEX);
    if folder.join(SINGLE).is_file() || !index.is_file() {
        return Ok(vec![folder.join(SINGLE)]);
    }
    let text = read_settings(&index).map_err(ModelError::io("read", &index))?;
    let names = shard_names(&text).ok_or_else(|| {
        ModelError::damaged(&index, "no weight_map of tensor names to plain file names; fetch the file again")
    })?;
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The distinct shard names in the text of an index, sorted; `None` if the text is not an index.
pub(crate) fn shard_names(index: &str) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(index).ok()?;
    let mut names = Vec::new();
    for name in value.get("weight_map")?.as_object()?.values() {
        let name = name.as_str()?;
        // A name with a path in it could point outside the folder.
        if name.contains(['/', '\\']) {
            return None;
        }
        names.push(name.to_string());
    }
    names.sort();
    names.dedup();
    Some(names)
}

/// Where one tensor lies.
#[derive(Debug)]
struct Entry {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    start: u64,
    bytes: usize,
    taken: bool,
}

/// One or several safetensors files, read tensor by tensor.
#[derive(Debug)]
pub(crate) struct Folder {
    family: Family,
    files: Vec<(PathBuf, File)>,
    entries: BTreeMap<String, Entry>,
}

impl Folder {
    fn open(folder: &Path, family: Family) -> Result<Self, ModelError> {
        let mut this = Self { family, files: Vec::new(), entries: BTreeMap::new() };
        for path in weight_files(folder)? {
            this.add_file(path)?;
        }
        Ok(this)
    }

    fn add_file(&mut self, path: PathBuf) -> Result<(), ModelError> {
        let mut file = File::open(&path).map_err(ModelError::io("read", &path))?;
        let file_len = file.metadata().map_err(ModelError::io("read", &path))?.len();
        let header = read_header(&mut file, file_len, &path)?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|e| ModelError::damaged(&path, format!("not a safetensors file ({e}); fetch it again")))?;
        let data_start = 8 + header.len() as u64;
        for (name, info) in metadata.tensors() {
            let (start, end) = info.data_offsets;
            if data_start + end as u64 > file_len {
                let problem = format!(
                    "truncated: tensor {name} ends at byte {}, the file at {file_len}; fetch it again",
                    data_start + end as u64
                );
                return Err(ModelError::damaged(&path, problem));
            }
            let entry = Entry {
                file: self.files.len(),
                dtype: info.dtype,
                shape: info.shape.clone(),
                start: data_start + start as u64,
                bytes: end - start,
                taken: false,
            };
            self.entries.insert(name, entry);
        }
        self.files.push((path, file));
        Ok(())
    }

    /// Refuses tensors that the family has no place for: they would be left out of the computation.
    fn refuse_leftovers(&self, tied: bool) -> Result<(), ModelError> {
        let harmless = |name: &str| name.ends_with("rotary_emb.inv_freq") || (tied && name == "lm_head.weight");
        let left = self.entries.iter().find(|(name, entry)| !entry.taken && !harmless(name));
        match left {
            None => Ok(()),
            Some((name, entry)) => {
                let what = format!("tensor {name} has no place in {}", self.family.rules().hf_architecture);
                Err(ModelError::unsupported(&self.files[entry.file].0, what))
            }
        }
    }
}

/// The JSON header of a safetensors file, whose length the first eight bytes give.
fn read_header(file: &mut File, file_len: u64, path: &Path) -> Result<Vec<u8>, ModelError> {
    let mut header = vec![0u8; 8];
    let short = |e: std::io::Error| {
        ModelError::damaged(path, format!("too short for a safetensors file ({e}); fetch it again"))
    };
    file.read_exact(&mut header).map_err(short)?;
    let len = u64::from_le_bytes(header[..8].try_into().expect("eight bytes were read"));
    if len > file_len.saturating_sub(8) {
        let problem = format!(
            "not a safetensors file, or truncated: header of {len} bytes in a file of {file_len}; fetch it again"
        );
        return Err(ModelError::damaged(path, problem));
    }
    header.resize(len as usize, 0);
    file.read_exact(&mut header).map_err(short)?;
    Ok(header)
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
        let Some(entry) = self.entries.get_mut(&name) else {
            let problem = format!("tensor {name} is missing, which {} needs", self.family.rules().hf_architecture);
            return Err(ModelError::damaged(&self.files[0].0, problem));
        };
        let (path, file) = &mut self.files[entry.file];
        if entry.shape != shape {
            let problem = format!("tensor {name} has shape {:?}, config.json asks for {shape:?}", entry.shape);
            return Err(ModelError::damaged(path, problem));
        }
        let mut bytes = vec![0u8; entry.bytes];
        file.seek(SeekFrom::Start(entry.start)).map_err(ModelError::io("read", path))?;
        file.read_exact(&mut bytes).map_err(ModelError::io("read", path))?;
        entry.taken = true;
        let mut values = widen(&bytes, entry.dtype).ok_or_else(|| {
            ModelError::unsupported(
                path,
                format!("tensor {name} is {:?}; F32, F16 and BF16 are supported", entry.dtype),
            )
        })?;
        if let Some(problem) = not_finite(&name, &values) {
            return Err(ModelError::damaged(path, problem));
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

/// Little-endian numbers of a float type as f32; `None` for other types.
pub(crate) fn widen(bytes: &[u8], dtype: Dtype) -> Option<Vec<f32>> {
    let two = |chunk: &[u8]| [chunk[0], chunk[1]];
    match dtype {
        Dtype::F32 => Some(bytes.chunks_exact(4).map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect()),
        Dtype::F16 => Some(bytes.chunks_exact(2).map(|c| f16::from_le_bytes(two(c)).to_f32()).collect()),
        Dtype::BF16 => Some(bytes.chunks_exact(2).map(|c| bf16::from_le_bytes(two(c)).to_f32()).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
