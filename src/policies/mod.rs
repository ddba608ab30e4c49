//! How an agent decides: scripted strategies and LLM policies, each kind a plugin of its own.

pub mod llm;
pub mod scripted;
