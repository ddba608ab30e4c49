//! What tells the kinds of quantised files apart.

use crate::llm::frozen::decoder::Decoder;
use candle_core::quantized::gguf_file::Content;
use candle_core::{Device, Result};
use std::fs::File;
use std::io::BufReader;

/// A quantised text model of candle-transformers, which multiplies the blocks of a GGUF file as they are.
#[derive(Debug)]
pub(crate) struct Quantised {
    /// `general.architecture` of its files.
    pub(crate) name: &'static str,
    /// The tensors that it reads of every layer, without the `blk.N.` before them.
    pub(crate) of_layers: &'static [&'static str],
    /// The longest text in tokens.
    pub(crate) longest: usize,
    /// The only base of its angles; `None`: it reads that of the file.
    pub(crate) rope_base: Option<f32>,
    /// Makes the model from an open file.
    pub(crate) open: Open,
}

/// Makes a decoder of a file's header and the rest of it, on a device.
pub(crate) type Open = fn(Content, &mut BufReader<File>, &Device) -> Result<Box<dyn Decoder>>;

/// The tensors of a whole model.
pub(super) const OF_MODEL: &[&str] = &["token_embd.weight", "output_norm.weight", "output.weight"];

/// The tensors of a layer with separate projections, two norms and a gated MLP.
pub(super) const GATED: [&str; 9] = [
    "attn_norm.weight",
    "attn_q.weight",
    "attn_k.weight",
    "attn_v.weight",
    "attn_output.weight",
    "ffn_norm.weight",
    "ffn_gate.weight",
    "ffn_up.weight",
    "ffn_down.weight",
];
