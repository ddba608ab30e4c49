//! GGUF files (llama.cpp's format), quantised or not, dequantised to f32 at load.

mod metadata;
mod tokenizer;

pub(crate) use metadata::Metadata;

use super::hf_config::MOST_LAYERS;
use super::weights::{Part, TensorSource, assemble, not_finite};
use crate::llm::decoder::Projection;
use crate::llm::decoder::{BaseModel, DecoderConfig, LayerAttention, RopeScaling};
use crate::llm::engine::budget::pass::ModelShape;
use crate::llm::error::ModelError;
use crate::llm::family::{Family, Windows};
use crate::llm::text::chat::ChatDate;
use crate::llm::text::tokenizer::ChatTokenizer;
use candle_core::Device;
use candle_core::quantized::gguf_file::Content;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Weights, tokenizer and family of a model.
pub type Parts = (BaseModel, Arc<ChatTokenizer>, Family);

/// The model in the file at `path`, and the name of its quantisation, `None` if the weights are floats. `known` is its
/// tokenizer, if that was read before.
pub fn load(
    path: &Path,
    date: ChatDate,
    known: Option<Arc<ChatTokenizer>>,
) -> Result<(Parts, Option<String>), ModelError> {
    let mut file = GgufFile::open(path)?;
    let tokenizer = match known {
        Some(tokenizer) => tokenizer,
        None => Arc::new(file.tokenizer(date)?),
    };
    let (base, family) = file.weights()?;
    Ok(((base, tokenizer, family), file.quantisation()))
}

/// Weights alone, for files without a tokenizer.
pub fn load_weights(path: &Path) -> Result<(BaseModel, Family), ModelError> {
    GgufFile::open(path)?.weights()
}

/// Shape, tokenizer and family: the weights are not read.
pub fn outline(path: &Path, date: ChatDate) -> Result<(ModelShape, ChatTokenizer, Family), ModelError> {
    let file = GgufFile::open(path)?;
    let (family, config, tied) = file.shape()?;
    let shape = ModelShape { config, post_norms: family.rules().post_norms, untied: !tied };
    Ok((shape, file.tokenizer(date)?, family))
}

/// An open file: header parsed, tensors read on demand.
pub(crate) struct GgufFile {
    path: PathBuf,
    reader: BufReader<File>,
    content: Content,
}

impl GgufFile {
    /// Opens the file at `path` and reads its header.
    ///
    /// # Errors
    /// If it is no GGUF file, or truncated.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let file = File::open(path).map_err(ModelError::io("read", path))?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let content = Content::read(&mut reader).map_err(|e| {
            // candle adds a backtrace to its message; the first line holds the reason.
            let reason = first_line(&e);
            ModelError::damaged(path, format!("not a GGUF file, or truncated ({reason}); delete it and fetch it again"))
        })?;
        Ok(Self { path: path.to_path_buf(), reader, content })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its header.
    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// Its header, and the rest of it.
    pub(crate) fn into_parts(self) -> (Content, BufReader<File>) {
        (self.content, self.reader)
    }

    /// Typed look-ups in its header.
    pub(crate) fn metadata(&self) -> Metadata<'_> {
        Metadata { path: &self.path, content: &self.content }
    }

    /// Its tokenizer.
    ///
    /// # Errors
    /// If it has none, or one that is not supported.
    pub(crate) fn tokenizer(&self, date: ChatDate) -> Result<ChatTokenizer, ModelError> {
        tokenizer::build(&self.metadata(), date)
    }

    /// The type that holds most of the numbers, unless it is a float.
    pub(crate) fn quantisation(&self) -> Option<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for info in self.content.tensor_infos.values() {
            *counts.entry(format!("{:?}", info.ggml_dtype)).or_default() += info.shape.elem_count();
        }
        let (name, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        (!["F32", "F16", "BF16"].contains(&name.as_str())).then_some(name)
    }

    /// Family, sizes, and whether the embedding also serves as the matrix of logits.
    fn shape(&self) -> Result<(Family, DecoderConfig, bool), ModelError> {
        let metadata = self.metadata();
        let family = family(&metadata)?;
        let mut config = config(&metadata, family)?;
        let table = self.content.tensor_infos.get("token_embd.weight");
        // Some files lack vocab_size; the embedding never lies.
        config.vocab = table.map_or(config.vocab, |info| info.shape.dims().first().copied().unwrap_or(0));
        if let Some(problem) = config.problem() {
            return Err(ModelError::damaged(&self.path, problem));
        }
        Ok((family, config, !self.content.tensor_infos.contains_key("output.weight")))
    }

    fn weights(&mut self) -> Result<(BaseModel, Family), ModelError> {
        let (family, mut config, tied) = self.shape()?;
        let heads = (config.heads, config.kv_heads);
        let mut source = Tensors { file: self, family, heads, taken: BTreeSet::new() };
        if source.file.content.tensor_infos.contains_key("rope_freqs.weight") {
            let scaling = source.llama3_scaling(&config)?;
            config.attention.iter_mut().for_each(|layer| layer.rope_scaling = scaling);
        }
        let base = assemble(family, config, tied, &mut source)?;
        source.refuse_leftovers()?;
        Ok((base, family))
    }
}

/// The reason in an error of candle's, without the backtrace that may follow it.
pub(crate) fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}

fn family(metadata: &Metadata<'_>) -> Result<Family, ModelError> {
    let named = metadata.text("general.architecture")?.unwrap_or("not named");
    Family::find(named, |rules| rules.name).map_err(|what| ModelError::unsupported(metadata.path, what))
}

fn config(metadata: &Metadata<'_>, family: Family) -> Result<DecoderConfig, ModelError> {
    let rules = family.rules();
    let key = |name: &str| format!("{}.{name}", rules.name);
    let (hidden, heads) =
        (metadata.required(&key("embedding_length"))?, metadata.required(&key("attention.head_count"))?);
    let kv_heads = metadata.integer(&key("attention.head_count_kv"))?.unwrap_or(heads);
    let head_dim = metadata.integer(&key("attention.key_length"))?.unwrap_or(hidden / heads.max(1));
    let value_length = metadata.integer(&key("attention.value_length"))?.unwrap_or(head_dim);
    let rotated = metadata.integer(&key("rope.dimension_count"))?.unwrap_or(head_dim);
    if value_length != head_dim || rotated != head_dim {
        let what = format!(
            "heads of width {head_dim} with values of {value_length} and {rotated} rotated are not supported; all three must be equal"
        );
        return Err(ModelError::unsupported(metadata.path, what));
    }
    let layers = metadata.required(&key("block_count"))?;
    if layers > MOST_LAYERS {
        return Err(ModelError::damaged(metadata.path, format!("{layers} layers cannot be right")));
    }
    let by_hidden = rules.gguf_scales_by_hidden == Some(layers);
    let scalar = if by_hidden { hidden as f32 / heads as f32 } else { head_dim as f32 };
    let epsilon = metadata.float(&key("attention.layer_norm_rms_epsilon"))?;
    Ok(DecoderConfig {
        vocab: metadata.integer(&key("vocab_size"))?.unwrap_or(0),
        hidden,
        intermediate: metadata.required(&key("feed_forward_length"))?,
        heads,
        kv_heads,
        head_dim,
        norm_eps: epsilon
            .ok_or_else(|| ModelError::damaged(metadata.path, "metadata on the epsilon of RMSNorm is missing"))?,
        attention: attention(metadata, family, layers)?,
        activation: rules.activation,
        query_scale: 1.0 / scalar.sqrt(),
        embedding_scale: rules.embedding_scale(hidden),
        attention_softcap: metadata.float(&key("attn_logit_softcapping"))?,
        logit_softcap: metadata.float(&key("final_logit_softcapping"))?,
    })
}

fn attention(metadata: &Metadata<'_>, family: Family, layers: usize) -> Result<Vec<LayerAttention>, ModelError> {
    let rules = family.rules();
    let key = |name: &str| format!("{}.{name}", rules.name);
    let rope_theta = metadata.float(&key("rope.freq_base"))?.unwrap_or(rules.rope_theta);
    let rope_scaling = linear_scaling(metadata, family)?;
    let window = metadata.integer(&key("attention.sliding_window"))?;
    let global = LayerAttention { rope_theta, rope_scaling, window: None };
    let local = match rules.local_rope_theta {
        Some(default) => {
            let theta = metadata.float(&key("rope.freq_base_swa"))?.unwrap_or(default);
            LayerAttention { rope_theta: theta, rope_scaling: RopeScaling::None, window }
        }
        None => LayerAttention { window, ..global },
    };
    let Windows::AllBut { period, .. } = rules.windows else { return Ok(vec![global; layers]) };
    if window.is_none() {
        return Err(ModelError::damaged(
            metadata.path,
            format!("metadata {} is missing", key("attention.sliding_window")),
        ));
    }
    Ok((0..layers).map(|i| if (i + 1) % period == 0 { global } else { local }).collect())
}

fn linear_scaling(metadata: &Metadata<'_>, family: Family) -> Result<RopeScaling, ModelError> {
    let key = |name: &str| format!("{}.{name}", family.name());
    match metadata.text(&key("rope.scaling.type"))? {
        None | Some("none") => Ok(RopeScaling::None),
        Some("linear") => {
            let factor = metadata.float(&key("rope.scaling.factor"))?;
            let factor = factor.ok_or_else(|| ModelError::damaged(metadata.path, "rope.scaling.factor is missing"))?;
            Ok(RopeScaling::Linear { factor })
        }
        Some(other) => Err(ModelError::unsupported(
            metadata.path,
            format!("rope scaling {other} is not supported; none and linear are"),
        )),
    }
}

/// The file as [`assemble`] sees it.
struct Tensors<'a> {
    file: &'a mut GgufFile,
    family: Family,
    heads: (usize, usize),
    taken: BTreeSet<String>,
}

impl Tensors<'_> {
    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let GgufFile { path, reader, content } = &mut *self.file;
        let Some(info) = content.tensor_infos.get(name) else {
            return Err(ModelError::damaged(
                path,
                format!("tensor {name} is missing, which {} needs", self.family.name()),
            ));
        };
        if info.shape.dims() != shape {
            let problem = format!("tensor {name} has shape {:?}, the metadata ask for {shape:?}", info.shape.dims());
            return Err(ModelError::damaged(path, problem));
        }
        let values = content
            .tensor(reader, name, &Device::Cpu)
            .and_then(|tensor| tensor.dequantize(&Device::Cpu))
            .and_then(|tensor| tensor.flatten_all()?.to_vec1::<f32>());
        self.taken.insert(name.to_string());
        let values = values.map_err(|e| {
            ModelError::damaged(path, format!("tensor {name}: {}; delete the file and fetch it again", first_line(&e)))
        })?;
        match not_finite(name, &values) {
            Some(problem) => Err(ModelError::damaged(path, problem)),
            None => Ok(values),
        }
    }

    /// Llama 3.1's rule, recovered from the divisors that llama.cpp's converter stores in its place.
    ///
    /// The other three constants are the same in every Llama 3.1 to 3.3, so the largest divisor identifies the rule;
    /// the rest are compared with it, and a file made by another rule is refused.
    fn llama3_scaling(&mut self, config: &DecoderConfig) -> Result<RopeScaling, ModelError> {
        let divisors = self.read("rope_freqs.weight", &[config.head_dim / 2])?;
        let factor = divisors.iter().copied().fold(1.0, f32::max);
        let (low, high, original) = (1.0f32, 4.0f32, 8192.0f32);
        let theta = config.attention[0].rope_theta;
        for (i, &divisor) in divisors.iter().enumerate() {
            let wavelength = std::f32::consts::TAU * theta.powf(2.0 * i as f32 / config.head_dim as f32);
            let blend = ((original / wavelength - low) / (high - low)).clamp(0.0, 1.0);
            let expected = 1.0 / ((1.0 - blend) / factor + blend);
            if (divisor - expected).abs() > 1e-3 * expected {
                let what = format!(
                    "rope_freqs.weight[{i}] is {divisor}, Llama 3.1's rule gives {expected}; other rules are not supported"
                );
                return Err(ModelError::unsupported(&self.file.path, what));
            }
        }
        Ok(RopeScaling::Llama3 { factor, low_freq_factor: low, high_freq_factor: high, original_context: original })
    }

    /// Refuses tensors that the family has no place for: they would be left out of the computation.
    fn refuse_leftovers(&self) -> Result<(), ModelError> {
        let names: BTreeSet<&String> = self.file.content.tensor_infos.keys().collect();
        match names.into_iter().find(|name| !self.taken.contains(*name)) {
            None => Ok(()),
            Some(name) => {
                let what = format!("tensor {name} has no place in {}", self.family.name());
                Err(ModelError::unsupported(&self.file.path, what))
            }
        }
    }
}

impl TensorSource for Tensors<'_> {
    fn name(&self, part: Part) -> String {
        let block = |i: usize, name: &str| format!("blk.{i}.{name}");
        match part {
            Part::Embedding => "token_embd.weight".into(),
            Part::FinalNorm => "output_norm.weight".into(),
            Part::LmHead => "output.weight".into(),
            Part::AttentionNorm(i) => block(i, "attn_norm.weight"),
            Part::MlpNorm(i) => block(i, "ffn_norm.weight"),
            Part::AttentionPostNorm(i) => block(i, "post_attention_norm.weight"),
            Part::MlpPostNorm(i) => block(i, "post_ffw_norm.weight"),
            Part::QNorm(i) => block(i, "attn_q_norm.weight"),
            Part::KNorm(i) => block(i, "attn_k_norm.weight"),
            Part::Bias(i, p) => block(i, &format!("{}.bias", module(p))),
            Part::Weight(i, p) => block(i, &format!("{}.weight", module(p))),
        }
    }

    fn take(&mut self, part: Part, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let name = self.name(part);
        let values = self.read(&name, shape)?;
        Ok(match part {
            _ if !self.family.rules().gguf_interleaves => values,
            Part::Weight(_, Projection::QProj) => unpermute(&values, self.heads.0, shape),
            Part::Weight(_, Projection::KProj) => unpermute(&values, self.heads.1, shape),
            _ => values,
        })
    }
}

fn module(projection: Projection) -> &'static str {
    match projection {
        Projection::QProj => "attn_q",
        Projection::KProj => "attn_k",
        Projection::VProj => "attn_v",
        Projection::OProj => "attn_output",
        Projection::GateProj => "ffn_gate",
        Projection::UpProj => "ffn_up",
        Projection::DownProj => "ffn_down",
    }
}

/// Undoes llama.cpp's reordering of q and k rows for its interleaved rope.
///
/// In the file, row 2 j + half of a head is what half rotation has at row half · width / 2 + j. `shape` is (rows,
/// columns).
fn unpermute(values: &[f32], heads: usize, shape: &[usize]) -> Vec<f32> {
    let (rows, columns) = (shape[0], shape[1]);
    let width = rows / heads;
    let mut out = Vec::with_capacity(values.len());
    for head in 0..heads {
        for half in 0..2 {
            for j in 0..width / 2 {
                let row = head * width + 2 * j + half;
                out.extend_from_slice(&values[row * columns..(row + 1) * columns]);
            }
        }
    }
    out
}

#[cfg(test)]
pub(crate) mod tests;
