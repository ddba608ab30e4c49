//! Language models that answer and never learn: any text model of candle-transformers, from safetensors or from the
//! blocks of a GGUF file as they are.
//!
//! A frozen player is asked all its prompts once, before a run begins, and is not needed after that. So it is loaded,
//! asked ([`FrozenModel::score`]) and dropped. [`mod@architectures`] lists what safetensors may hold, [`quantised`]
//! what GGUF files may; nothing else here knows an architecture by name. Models that this program makes itself, and
//! GGUF files that are to be dequantised, are run by its own [`Engine`](crate::llm::engine::Engine).

pub(crate) mod architectures;
mod config;
mod decoder;
mod error;
mod model;
mod outline;
pub(crate) mod quantised;
mod score;
mod settings;
mod size;
mod tensors;
#[cfg(test)]
mod tests;

pub use error::FrozenError;
pub use model::{FrozenModel, Located, locate};
pub use outline::{FrozenOutline, FrozenSource, Texts, outline};

/// What safetensors may hold, as `config.json` calls it.
pub fn architectures() -> impl Iterator<Item = &'static str> {
    architectures::ARCHITECTURES.iter().map(|architecture| architecture.name)
}
