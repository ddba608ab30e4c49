//! Token ids in, log-probabilities and gradients out: the engine of the LLM agents.
//!
//! The engine knows nothing of games, prompts' words, rewards or the ECS.

pub mod backend;
mod backward;
pub mod chat;
pub mod decoder;
pub mod device;
pub mod engine;
pub mod fetch;
mod forward;
mod frozen;
pub mod generate;
pub mod gguf;
mod gguf_tokenizer;
mod hf_config;
pub mod kernels;
mod linear;
pub mod lora;
pub mod model;
pub mod next_token;
pub mod outline;
pub mod pass_size;
pub mod peft;
pub mod precision;
pub mod prompt_tree;
pub mod random;
pub mod reference;
pub mod registry;
pub mod safetensors_io;
pub mod scorer;
pub mod tiny;
pub mod tokenizer;
mod tokenizer_json;
mod weights;
mod workspace;

#[cfg(test)]
mod tests;
