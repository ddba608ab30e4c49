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
pub mod next_token;
pub mod prompt_tree;
pub mod random;
mod workspace;
pub mod chat;
pub mod decoder;
pub mod fetch;
pub mod gguf;
mod gguf_tokenizer;
mod hf_config;
pub mod lora;
pub mod model;
pub mod peft;
pub mod registry;
pub mod safetensors_io;
pub mod tiny;
pub mod tokenizer;
mod weights;
