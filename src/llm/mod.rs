//! Token ids in, log-probabilities and gradients out: the engine of the LLM agents.
//!
//! The engine knows nothing of games, prompts' words, rewards or the ECS.

pub mod decoder;
pub mod lora;
pub mod next_token;
