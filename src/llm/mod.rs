//! Token ids in, log-probabilities and gradients out.
//!
//! Nothing here knows about games, prompts' words, rewards or the ECS. [`files`] reads and writes what lies on disk,
//! [`text`] turns words into token ids, [`engine`] runs the model, [`mod@reference`] runs it again with other code,
//! for comparison, and [`frozen`] runs models that do not learn.

pub mod decoder;
pub mod engine;
pub mod error;
pub mod family;
pub mod files;
pub mod frozen;
pub mod lora;
pub mod low_rank;
pub mod reference;
pub mod text;
pub mod tree;
pub mod weight;

#[cfg(test)]
mod tests;
