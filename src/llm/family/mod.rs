//! The families of decoders: one file each, with what distinguishes the family from the plain decoder
//! ([`FamilyRules`]).
//!
//! Code that reads or draws weights asks these rules and knows no family by name. The engine does not know of families
//! at all, only of the [`DecoderConfig`](crate::llm::decoder::DecoderConfig) that the rules become at load. The list in
//! this file is the only place that names them all, except for the models of candle-transformers that check them
//! ([`mod@crate::llm::reference`]) and the published models ([`registry`](crate::llm::files::registry)).

mod list;
mod rules;
#[cfg(test)]
mod tests;

pub mod gemma2;
pub mod gemma3;
pub mod llama;
pub mod qwen2;
pub mod qwen3;

pub use rules::{FamilyRules, Windows};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

list::families! {
    llama::Llama,
    qwen2::Qwen2,
    qwen3::Qwen3,
    gemma2::Gemma2,
    gemma3::Gemma3,
}

impl Family {
    /// See [`FamilyRules::name`].
    pub fn name(self) -> &'static str {
        self.rules().name
    }

    /// The family that a file calls `named`, where `word` is what a family is called.
    ///
    /// # Errors
    /// A sentence that lists the supported families, if this is none of them.
    pub fn find(named: &str, word: fn(&FamilyRules) -> &'static str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|family| word(family.rules()) == named).ok_or_else(|| {
            let known = Self::ALL.map(|family| word(family.rules())).join(", ");
            format!("architecture {named} is not supported; supported are {known}")
        })
    }
}
