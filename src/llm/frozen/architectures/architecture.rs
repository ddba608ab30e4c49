//! What tells an architecture apart.

use crate::llm::frozen::decoder::Decoder;
use crate::llm::frozen::settings::Settings;
use candle_core::Result;
use candle_nn::VarBuilder;
use serde_json::Value;

/// A text model of candle-transformers, and how it deviates from [`PLAIN`].
#[derive(Debug)]
pub(crate) struct Architecture {
    /// `model_type` in its `config.json`; what it is called in messages, documents and the manifest.
    pub(crate) name: &'static str,
    /// The class that `architectures` names.
    pub(crate) class: &'static str,
    /// What its class takes where a file is silent.
    pub(crate) defaults: fn() -> Value,
    /// Whether the embedding also serves as the matrix of logits where a file is silent.
    pub(crate) tied: bool,
    /// Name of the embedding among its tensors.
    pub(crate) embedding: &'static str,
    /// Kinds of rope scaling that it computes.
    pub(crate) rope_scalings: &'static [&'static str],
    /// The only activation that it computes, and the setting that names it; `None`: it reads that setting.
    pub(crate) activation: Option<(&'static str, &'static str)>,
    /// The factor and the addend that turn a stored tensor, by its name, into the one that candle should read:
    /// constants of the architecture that candle leaves out are put into the weights.
    pub(crate) adjusts: fn(&Settings, &str) -> (f64, f64),
    /// What in the settings it does not compute, as a sentence.
    pub(crate) refuses: fn(&Settings) -> Option<String>,
    /// Makes the model.
    pub(crate) load: fn(&Settings, VarBuilder<'static>) -> Result<Box<dyn Decoder>>,
}

/// An ordinary decoder; every architecture names what is different, and how it is loaded.
pub(super) const PLAIN: Architecture = Architecture {
    name: "",
    class: "",
    defaults: || Value::Null,
    tied: false,
    embedding: "model.embed_tokens.weight",
    rope_scalings: &[],
    activation: None,
    adjusts: |_, _| (1.0, 0.0),
    refuses: |_| None,
    load: |_, _| candle_core::bail!("an architecture without a model"),
};
