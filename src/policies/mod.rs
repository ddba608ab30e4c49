//! How an agent decides: scripted strategies, tables of values, small networks and LLM policies, each kind a plugin of
//! its own.

pub mod llm;
pub mod network;
pub mod scripted;
pub mod tabular;
