//! Token ids in, log-probabilities and gradients out.
//!
//! Nothing here knows about games, prompts' words, rewards or the ECS. [`files`] reads and writes what lies on disk,
//! [`text`] turns words into token ids, [`engine`] runs the model, and [`mod@reference`] runs it again with other code,
//! for comparison.

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
