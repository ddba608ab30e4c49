//! How an agent decides: scripted strategies, tables of values and LLM policies, each kind a plugin of its own.

pub mod llm;
pub mod scripted;
pub mod tabular;
