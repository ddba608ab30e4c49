//! The quantised decoders of candle-transformers, which read GGUF files and multiply their blocks as they are.

use super::ReferenceError;
use crate::llm::decoder::{DecoderConfig, RopeScaling};
use crate::llm::family::Family;
use candle_core::quantized::gguf_file::Content;
use candle_core::{Device, Result, Tensor};
use candle_transformers::models::{quantized_llama, quantized_qwen2, quantized_qwen3};
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// A decoder with its file's blocks.
pub(super) enum Quantised {
    Llama(quantized_llama::ModelWeights),
    Qwen2(quantized_qwen2::ModelWeights),
    Qwen3(quantized_qwen3::ModelWeights),
}

impl fmt::Debug for Quantised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Quantised")
    }
}

impl Quantised {
    /// # Errors
    /// If candle-transformers does not compute such a decoder, or the file cannot be read.
    pub(super) fn open(
        path: &Path,
        config: &DecoderConfig,
        family: Family,
        context: usize,
    ) -> std::result::Result<Self, ReferenceError> {
        check(config, family, context)?;
        let failed = |error: std::io::Error| ReferenceError::Failed { problem: format!("{}: {error}", path.display()) };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let content = Content::read(&mut file)?;
        Ok(match family {
            Family::Qwen2 => Self::Qwen2(quantized_qwen2::ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?),
            Family::Qwen3 => Self::Qwen3(quantized_qwen3::ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?),
            _ => Self::Llama(quantized_llama::ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?),
        })
    }

    /// Logits after the last of `tokens`, (1, length).
    pub(super) fn logits(&mut self, tokens: &Tensor) -> Result<Tensor> {
        match self {
            // A text that begins at place 0 forgets what was kept of others.
            Self::Llama(model) => model.forward(tokens, 0),
            Self::Qwen2(model) => model.forward(tokens, 0),
            Self::Qwen3(model) => {
                model.clear_kv_cache();
                model.forward(tokens, 0)
            }
        }
    }
}

fn check(config: &DecoderConfig, family: Family, context: usize) -> std::result::Result<(), ReferenceError> {
    let refuse = |lacks: &str| Err(ReferenceError::lacks(lacks));
    match family {
        Family::Gemma2 => return refuse("has no quantised Gemma 2"),
        Family::Gemma3 => return refuse("computes SiLU in its quantised Gemma 3, whose activation is GELU"),
        Family::Llama if context > quantized_llama::MAX_SEQ_LEN => {
            return refuse("has no quantised llama for texts of more than 4096 tokens");
        }
        Family::Llama | Family::Qwen2 | Family::Qwen3 => {}
    }
    if config.attention.iter().any(|layer| layer.rope_scaling != RopeScaling::None) {
        return refuse("has no rope scaling in its quantised models");
    }
    Ok(())
}
