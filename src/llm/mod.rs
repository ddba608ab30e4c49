//! Token ids in, log-probabilities and gradients out: the engine of the LLM agents.
//!
//! The engine knows nothing of games, prompts' words, rewards or the ECS.

mod backward;
pub mod decoder;
pub mod engine;
mod forward;
pub mod kernels;
mod linear;
pub mod lora;
pub mod prompt_tree;
pub mod random;
mod workspace;

#[cfg(test)]
mod tests;
