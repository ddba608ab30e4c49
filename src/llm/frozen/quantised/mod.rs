//! The kinds of GGUF files whose blocks frozen players multiply as they are: one file each, and their list.

mod format;
mod glm4;
mod llama;
mod phi3;
mod qwen2;
mod qwen3;

pub(crate) use format::Quantised;

use super::decoder::Decoder;
use super::size::Size;
use crate::llm::error::ModelError;
use crate::llm::files::gguf::{GgufFile, first_line};
use crate::llm::files::hf_config::MOST_LAYERS;
use candle_core::Device;
use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::Value;

/// Every kind.
const FORMATS: &[Quantised] = &[glm4::FORMAT, llama::FORMAT, phi3::FORMAT, qwen2::FORMAT, qwen3::FORMAT];

/// Beyond this, a number of parts or a width is damage.
const WIDEST: usize = 1 << 20;

/// What the header of `file` says: its kind, and what it takes.
///
/// # Errors
/// If the kind is none of those that there are, the file is damaged, or it asks for something that candle-transformers
/// leaves out.
pub(super) fn outline(file: &GgufFile) -> Result<(&'static Quantised, Size), ModelError> {
    let metadata = file.metadata();
    let named = metadata.text("general.architecture")?.unwrap_or("(none is named)");
    let Some(format) = FORMATS.iter().find(|format| format.name == named) else {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let what = format!(
            "GGUF files of {named} cannot be frozen players as they are; those of {} can; the safetensors of the model \
             may do",
            known.join(", ")
        );
        return Err(ModelError::unsupported(file.path(), what));
    };
    check_tensors(file, format)?;
    let key = |name: &str| format!("{named}.{name}");
    if let Some(kind) = metadata.text(&key("rope.scaling.type"))?.filter(|kind| *kind != "none") {
        let what = format!("candle-transformers has no rope scaling {kind} in its quantised {named}");
        return Err(ModelError::unsupported(file.path(), what));
    }
    let base = metadata.float(&key("rope.freq_base"))?;
    if let (Some(found), Some(only)) = (base, format.rope_base.filter(|only| base.is_some_and(|base| base != *only))) {
        let what = format!("candle-transformers takes rope.freq_base {only} in its quantised {named}, not {found}");
        return Err(ModelError::unsupported(file.path(), what));
    }
    let bounded = |name: &str, most: usize| -> Result<usize, ModelError> {
        let number = metadata.required(&key(name))?;
        if (1..=most).contains(&number) {
            return Ok(number);
        }
        let problem = format!("metadata {} is {number}, expected 1 to {most}", key(name));
        Err(ModelError::damaged(file.path(), problem))
    };
    let (hidden, heads) = (bounded("embedding_length", WIDEST)?, bounded("attention.head_count", WIDEST)?);
    let kv_heads = bounded("attention.head_count_kv", WIDEST)?;
    let head_dim = metadata.integer(&key("attention.key_length"))?.unwrap_or(hidden / heads);
    if !heads.is_multiple_of(kv_heads) || head_dim == 0 || head_dim > WIDEST || hidden < heads {
        let problem = format!("{heads} query heads and {kv_heads} key heads of width {head_dim} in {hidden}");
        return Err(ModelError::damaged(file.path(), problem));
    }
    let embedding = &file.content().tensor_infos["token_embd.weight"].shape;
    let size = Size {
        weights: bytes(file),
        layers: bounded("block_count", MOST_LAYERS)?,
        hidden,
        widest: bounded("feed_forward_length", 4 * WIDEST)?.max(heads * head_dim),
        heads,
        keys: kv_heads * head_dim,
        vocab: embedding.dims().first().copied().unwrap_or(0),
        window: metadata.integer(&key("attention.sliding_window"))?.filter(|window| *window > 0),
        longest: format.longest,
    };
    Ok((format, size))
}

/// Checks that every tensor has a place in the model and lies in the file.
fn check_tensors(file: &GgufFile, format: &Quantised) -> Result<(), ModelError> {
    let content = file.content();
    let length = std::fs::metadata(file.path()).map_err(ModelError::io("read", file.path()))?.len();
    let mut names: Vec<&String> = content.tensor_infos.keys().collect();
    names.sort_unstable();
    for name in names {
        let layer = name.strip_prefix("blk.").and_then(|rest| rest.split_once('.'));
        let known = match layer {
            Some((_, part)) => format.of_layers.contains(&part),
            None => format::OF_MODEL.contains(&name.as_str()),
        };
        if !known {
            let what = format!("tensor {name} has no place in candle-transformers' quantised {}", format.name);
            return Err(ModelError::unsupported(file.path(), what));
        }
        let info = &content.tensor_infos[name];
        let (block, size) = (info.ggml_dtype.block_size(), info.ggml_dtype.type_size());
        let numbers = info.shape.dims().iter().try_fold(1usize, |product, &n| product.checked_mul(n));
        let bytes = numbers.and_then(|numbers| (numbers / block).checked_mul(size)).map(|bytes| bytes as u64);
        let end = bytes.and_then(|bytes| bytes.checked_add(info.offset)?.checked_add(content.tensor_data_offset));
        if end.is_none_or(|end| end > length) {
            let problem =
                format!("truncated: tensor {name} does not end within the file; delete it and fetch it again");
            return Err(ModelError::damaged(file.path(), problem));
        }
    }
    if !content.tensor_infos.contains_key("token_embd.weight") {
        return Err(ModelError::damaged(file.path(), "tensor token_embd.weight is missing"));
    }
    Ok(())
}

/// Bytes of the weights once they are loaded: the blocks, floats as f32, and the embedding as f32 besides.
fn bytes(file: &GgufFile) -> u64 {
    let infos = file.content().tensor_infos.iter();
    infos
        .map(|(name, info)| {
            let numbers = info.shape.elem_count() as u64;
            let blocks = (info.shape.elem_count() / info.ggml_dtype.block_size() * info.ggml_dtype.type_size()) as u64;
            let is_float = matches!(info.ggml_dtype, GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16);
            let is_embedding = name == "token_embd.weight";
            (if is_float { 4 * numbers } else { blocks }) + if is_embedding { 4 * numbers } else { 0 }
        })
        .sum()
}

/// The model in `file`, for texts of at most `longest` tokens.
///
/// # Errors
/// If candle cannot read it.
pub(super) fn open(
    file: GgufFile,
    format: &Quantised,
    longest: usize,
    device: &Device,
) -> Result<Box<dyn Decoder>, ModelError> {
    let path = file.path().to_path_buf();
    let (mut content, mut reader) = file.into_parts();
    // Tables of angles and caches are made as long as this.
    let longest = Value::U32(u32::try_from(longest).unwrap_or(u32::MAX));
    content.metadata.insert(format!("{}.context_length", format.name), longest);
    (format.open)(content, &mut reader, device).map_err(|error| ModelError::damaged(&path, first_line(&error)))
}
