//! Token ids in, log-probabilities and gradients out.
//!
//! Nothing here knows of games, prompts' words, rewards or the ECS. [`files`] reads and writes what lies on disk,
//! [`text`] turns words into token ids, [`engine`] runs the model, [`mod@reference`] runs it once more by other code,
//! to compare.

pub mod decoder;
pub mod engine;
pub mod error;
pub mod family;
pub mod files;
pub mod lora;
pub mod reference;
pub mod text;
pub mod tree;

#[cfg(test)]
mod tests;
