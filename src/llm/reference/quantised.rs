//! The quantised decoders of candle-transformers, which read GGUF files and multiply their blocks as they are.

use super::ReferenceError;
use super::families::{self, Decoder};
use crate::llm::decoder::{DecoderConfig, RopeScaling};
use crate::llm::family::Family;
use candle_core::quantized::gguf_file::Content;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The decoder in the file at `path`.
///
/// # Errors
/// If candle-transformers does not compute such a decoder, or the file cannot be read.
pub(super) fn open(
    path: &Path,
    config: &DecoderConfig,
    family: Family,
    context: usize,
) -> Result<Decoder, ReferenceError> {
    let model = families::model(family)?.quantised.as_ref().map_err(|lacks| ReferenceError::lacks(*lacks))?;
    if context > model.longest {
        let (name, longest) = (family.name(), model.longest);
        let lacks = format!("has no quantised {name} for texts of more than {longest} tokens");
        return Err(ReferenceError::lacks(lacks));
    }
    if config.attention.iter().any(|layer| layer.rope_scaling != RopeScaling::None) {
        return Err(ReferenceError::lacks("has no rope scaling in its quantised models"));
    }
    let failed = |error: std::io::Error| ReferenceError::Failed { problem: format!("{}: {error}", path.display()) };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let content = Content::read(&mut file)?;
    Ok((model.open)(content, &mut file)?)
}
