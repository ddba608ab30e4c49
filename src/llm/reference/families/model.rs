//! How a decoder of candle-transformers is made, and what it computes.

use crate::llm::decoder::{Activation, DecoderConfig};
use crate::llm::reference::ReferenceError;
use candle_core::quantized::gguf_file::Content;
use candle_core::{Result as CandleResult, Tensor};
use candle_nn::VarBuilder;
use std::fs::File;
use std::io::BufReader;

/// Logits after the last token, (1, vocab), of a text of token ids, (1, length). It remembers no text.
pub(crate) type Decoder = Box<dyn FnMut(&Tensor) -> CandleResult<Tensor> + Send>;

/// A model of candle-transformers.
pub(crate) struct CandleModel {
    /// Makes the decoder from a description, whether it is tied, the longest text in tokens, and the weights.
    pub(crate) load: fn(&DecoderConfig, bool, usize, VarBuilder<'static>) -> Result<Decoder, ReferenceError>,
    /// Its quantised counterpart, or what candle-transformers does instead: `has no …`.
    pub(crate) quantised: Result<Quantised, &'static str>,
    /// What it computes.
    pub(crate) computes: Computes,
}

/// A model of candle-transformers that multiplies the blocks of a GGUF file as they are.
pub(crate) struct Quantised {
    /// The decoder in an open file.
    pub(crate) open: fn(Content, &mut BufReader<File>) -> CandleResult<Decoder>,
    /// Longest text in tokens.
    pub(crate) longest: usize,
}

/// Features that this model computes and that others leave out without a word.
pub(crate) struct Computes {
    /// Heads that are together wider or narrower than the residual stream.
    pub(crate) any_width: bool,
    /// Activations other than SiLU.
    pub(crate) any_activation: bool,
    /// A matrix of logits separate from the embedding.
    pub(crate) untied: bool,
    /// Soft caps.
    pub(crate) soft_caps: bool,
    /// Llama 3.1's rope scaling.
    pub(crate) llama3_scaling: bool,
    /// A different rotary embedding in layers with a window.
    pub(crate) two_rotations: bool,
}

/// The decoder's activation by candle's name.
pub(crate) fn activation(config: &DecoderConfig) -> candle_nn::Activation {
    match config.activation {
        Activation::Silu => candle_nn::Activation::Silu,
        Activation::GeluTanh => candle_nn::Activation::GeluPytorchTanh,
    }
}

/// A decoder of one of candle's models, which share these methods but no trait: it forgets before every text.
macro_rules! forgetful {
    ($model:expr) => {{
        let mut model = $model;
        Box::new(move |tokens: &Tensor| {
            model.clear_kv_cache();
            model.forward(tokens, 0)
        })
    }};
}

pub(super) use forgetful;
