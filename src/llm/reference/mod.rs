//! A second opinion: the models of `candle-transformers`, written by others, over the same weights.
//!
//! [`Reference`] computes the logits that the engine's must equal up to rounding. It is as plain as can be: whole
//! texts, one at a time, nothing shared between them, softmax in f64. It reveals errors of the engine, and is far too
//! slow to learn with.
//!
//! What candle-transformers does not compute is refused by name; nothing is approximated.

mod error;
mod families;
mod quantised;
mod weights;

use super::decoder::{BaseModel, DecoderConfig};
use super::lora::Adapter;
use crate::llm::family::Family;
use candle_core::{Device, Tensor};
use families::Decoder;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use weights::Tensors;

/// A model of candle-transformers, ready to score.
pub struct Reference {
    decoder: Decoder,
    /// Longest text in tokens.
    context: usize,
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference").field("context", &self.context).finish_non_exhaustive()
    }
}

/// What the reference says about one prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceScores {
    /// ln π(label | prompt) of every label.
    pub label_log_probs: Vec<f64>,
    /// Logits of the token after the prompt, (vocab).
    pub logits: Vec<f32>,
}

impl Reference {
    /// The reference over the weights of `base`, a model of `family`, dequantised where they were quantised, with
    /// `adapter` merged into them; all in f32, for texts of up to `context` tokens.
    ///
    /// # Errors
    /// If candle-transformers does not compute such a decoder, or the adapter acts on only a part of the text.
    pub fn of(
        base: &BaseModel,
        family: Family,
        adapter: Option<&Adapter>,
        context: usize,
    ) -> Result<Self, ReferenceError> {
        check(base, family, context)?;
        Self::merged(base, family, Tensors::of(base, family)?, adapter, context)
    }

    /// Like [`Reference::of`], but with the weights in the safetensors of `folder`, as candle reads them; of `base`,
    /// only the description of the decoder counts.
    ///
    /// # Errors
    /// As [`Reference::of`], and if a file cannot be read.
    pub fn from_folder(
        folder: &Path,
        base: &BaseModel,
        family: Family,
        adapter: Option<&Adapter>,
        context: usize,
    ) -> Result<Self, ReferenceError> {
        check(base, family, context)?;
        Self::merged(base, family, Tensors::read(folder)?, adapter, context)
    }

    fn merged(
        base: &BaseModel,
        family: Family,
        mut tensors: Tensors,
        adapter: Option<&Adapter>,
        context: usize,
    ) -> Result<Self, ReferenceError> {
        if let Some(adapter) = adapter {
            tensors.merge(adapter, &base.config)?;
        }
        Ok(Self { decoder: families::load(base, family, tensors, context)?, context })
    }

    /// The reference over the GGUF file at `path`, whose matrices stay quantised: candle also rounds activations to 8
    /// bits and multiplies whole numbers, so this is a looser witness than [`Reference::of`].
    ///
    /// # Errors
    /// If candle-transformers does not compute such a decoder from GGUF, or the file cannot be read.
    pub fn from_gguf(
        path: &Path,
        config: &DecoderConfig,
        family: Family,
        context: usize,
    ) -> Result<Self, ReferenceError> {
        check_windows(config, context)?;
        Ok(Self { decoder: quantised::open(path, config, family, context)?, context })
    }

    /// Scores `labels` after `prompt`, with a whole pass for every distinct beginning.
    ///
    /// # Errors
    /// If a text is longer than the context that this reference was made for, or candle fails.
    ///
    /// # Panics
    /// If a token is not in the vocabulary.
    pub fn score(&mut self, prompt: &[u32], labels: &[Vec<u32>]) -> Result<ReferenceScores, ReferenceError> {
        let mut known: BTreeMap<&[u32], Vec<f32>> = BTreeMap::new();
        let logits = self.logits(prompt)?;
        known.insert(&[], logits.clone());
        let mut label_log_probs = Vec::with_capacity(labels.len());
        for label in labels {
            let mut sum = 0.0;
            for (i, &token) in label.iter().enumerate() {
                let start = &label[..i];
                if !known.contains_key(start) {
                    known.insert(start, self.logits(&[prompt, start].concat())?);
                }
                sum += log_softmax(&known[start], token);
            }
            label_log_probs.push(sum);
        }
        Ok(ReferenceScores { label_log_probs, logits })
    }

    /// Logits of the token after `text`, (vocab).
    ///
    /// # Errors
    /// As [`Reference::score`].
    pub fn logits(&mut self, text: &[u32]) -> Result<Vec<f32>, ReferenceError> {
        if text.is_empty() || text.len() > self.context {
            let problem = format!("a text of {} tokens, expected 1 to {}", text.len(), self.context);
            return Err(ReferenceError::Failed { problem });
        }
        let tokens = Tensor::new(text, &Device::Cpu)?.unsqueeze(0)?;
        Ok((self.decoder)(&tokens)?.flatten_all()?.to_vec1()?)
    }
}

/// ln of the softmax of `logits` at `token`, in f64.
fn log_softmax(logits: &[f32], token: u32) -> f64 {
    let largest = logits.iter().copied().map(f64::from).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - largest).exp()).sum();
    f64::from(logits[token as usize]) - largest - sum.ln()
}

/// Refuses what candle-transformers would leave out of the model without a word.
fn check(base: &BaseModel, family: Family, context: usize) -> Result<(), ReferenceError> {
    check_windows(&base.config, context)?;
    families::check(base, family)
}

/// Within its window, a layer is an ordinary one; beyond it, candle-transformers has windows one token wider, or on
/// other layers.
fn check_windows(config: &DecoderConfig, context: usize) -> Result<(), ReferenceError> {
    let narrowest = config.attention.iter().filter_map(|layer| layer.window).min();
    match narrowest {
        Some(window) if window < context => Err(ReferenceError::lacks(format!(
            "has other sliding windows, which matter to a text of {context} tokens in a window of {window}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

pub use error::ReferenceError;
