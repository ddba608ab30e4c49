//! Adapters in PEFT's format: `adapter_config.json` and `adapter_model.safetensors`, which `peft` and vLLM open
//! unchanged.

mod card;
mod names;
mod read;
mod write;

use super::weights::not_finite;
use crate::files::{make_folder, read_settings, write_whole};
use crate::llm::decoder::DecoderConfig;
use crate::llm::error::ModelError;
use crate::llm::files::loaded::ModelIdentity;
use crate::llm::files::safetensors::widen;
use crate::llm::lora::{Adapter, LoraConfig};
use crate::text::shown;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use std::io::Write;
use std::path::Path;

/// The files of an adapter: its shape, its weights, and a card for people.
pub const FILES: [&str; 3] = [CONFIG, WEIGHTS, CARD];
const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
const CARD: &str = "README.md";

/// Writes `adapter`, trained on `base`, into `folder`, with a model card that lists `facts`. Same input, same bytes.
pub fn save(adapter: &Adapter, base: &ModelIdentity, folder: &Path, facts: &[Fact]) -> Result<(), ModelError> {
    make_folder(folder).map_err(ModelError::io("create", folder))?;
    write_file(&folder.join(WEIGHTS), &write::weights(adapter, base))?;
    write_file(&folder.join(CONFIG), write::config(adapter, base).as_bytes())?;
    write_file(&folder.join(CARD), card::card(adapter, base, facts).as_bytes())
}

/// Reads the adapter in `folder` for a base of shape `decoder`.
///
/// Where both `base` and the file say which base's bytes they mean, they must agree. What the engine does not compute
/// (DoRA, per-layer ranks, trained biases and the like) is refused by name.
pub fn load(folder: &Path, decoder: &DecoderConfig, base: Option<&ModelIdentity>) -> Result<Adapter, ModelError> {
    let refuse =
        |problem: String| ModelError::Adapter { path: folder.to_path_buf(), problem: shown(&problem).into_owned() };
    let config_path = folder.join(CONFIG);
    let text = read_settings(&config_path).map_err(ModelError::io("read", &config_path))?;
    let config = read::config(&text).map_err(refuse)?;
    let invocation = read::invocation(&text).map_err(refuse)?;
    let weights_path = folder.join(WEIGHTS);
    let bytes = std::fs::read(&weights_path).map_err(ModelError::io("read", &weights_path))?;
    if let Some(base) = base {
        check_base(&bytes, base).map_err(refuse)?;
    }
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|e| refuse(format!("{WEIGHTS} is not a safetensors file, or truncated ({e}); copy it again")))?;
    check_rank(config.rank, &tensors).map_err(refuse)?;
    fill(Adapter { invocation, ..Adapter::zeros(&config, decoder) }, decoder, &tensors).map_err(refuse)
}

/// The shape of the adapter in `folder`, without reading its weights.
pub fn shape(folder: &Path) -> Result<LoraConfig, ModelError> {
    let path = folder.join(CONFIG);
    let text = read_settings(&path).map_err(ModelError::io("read", &path))?;
    read::config(&text).map_err(|problem| ModelError::Adapter { path: folder.to_path_buf(), problem })
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    write_whole(path, |file| file.write_all(bytes)).map_err(ModelError::io("write", path))
}

fn check_base(bytes: &[u8], base: &ModelIdentity) -> Result<(), String> {
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|e| format!("{WEIGHTS} is not a safetensors file, or truncated ({e}); copy it again"))?;
    let said = |key: &str| header.metadata().as_ref().and_then(|metadata| metadata.get(key).cloned());
    match said(BASE_SHA256) {
        Some(hash) if hash != base.sha256 => {
            let name = said(BASE_NAME).unwrap_or_else(|| "a model without a name".into());
            Err(format!(
                "it was trained on {name} (SHA-256 {hash}), not on {} (SHA-256 {}); load it on the base it was trained on",
                base.name, base.sha256
            ))
        }
        _ => Ok(()),
    }
}

/// The rank named by the configuration decides how much memory the adapter takes, so it must be that of the tensors,
/// which are at most as large as the file.
fn check_rank(rank: usize, tensors: &SafeTensors<'_>) -> Result<(), String> {
    let mut names = tensors.names();
    names.sort_unstable();
    for name in names.into_iter().filter(|name| name.ends_with(".lora_A.weight")) {
        let found = tensors.tensor(name).ok().and_then(|view| view.shape().first().copied());
        if let Some(found) = found.filter(|found| *found != rank) {
            return Err(format!(
                "r is {rank} in {CONFIG}, and tensor {name} has rank {found}; the files do not belong together"
            ));
        }
    }
    Ok(())
}

fn fill(mut adapter: Adapter, decoder: &DecoderConfig, tensors: &SafeTensors<'_>) -> Result<Adapter, String> {
    let rank = adapter.config.rank;
    for slot in &adapter.slots {
        let (rows, columns) = decoder.shape(slot.projection);
        for (which, range, shape) in [('A', &slot.a, [rank, columns]), ('B', &slot.b, [rows, rank])] {
            let name = key(slot, which);
            let values = matrix(tensors, &name, shape)?;
            adapter.params[range.clone()].copy_from_slice(&values);
        }
    }
    let expected: Vec<String> = adapter.slots.iter().flat_map(|slot| [key(slot, 'A'), key(slot, 'B')]).collect();
    let mut names = tensors.names();
    names.sort_unstable();
    match names.into_iter().find(|name| !expected.iter().any(|known| known == name)) {
        Some(name) => Err(format!(
            "tensor {name} has no place on a base of {} layers with the target_modules of {CONFIG}; is this the right base?",
            decoder.layers()
        )),
        None => Ok(adapter),
    }
}

fn matrix(tensors: &SafeTensors<'_>, name: &str, shape: [usize; 2]) -> Result<Vec<f32>, String> {
    let view: TensorView<'_> = tensors.tensor(name).map_err(|_| {
        format!("tensor {name} is missing; the adapter was made for another base or other target_modules")
    })?;
    if view.shape() != shape {
        return Err(format!(
            "tensor {name} has shape {:?}, this base and rank ask for {shape:?}; is this the right base?",
            view.shape()
        ));
    }
    let values = widen(view.data(), view.dtype())
        .ok_or_else(|| format!("tensor {name} is {:?}; F32, F16 and BF16 are supported", view.dtype()))?;
    match not_finite(name, &values) {
        Some(problem) => Err(problem),
        None => Ok(values),
    }
}

#[cfg(test)]
mod tests;

pub use names::Fact;
use names::{BASE_NAME, BASE_SHA256, key};
