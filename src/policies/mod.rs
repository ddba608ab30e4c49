//! How an agent decides: scripted strategies, tables of values, small networks, LLM policies and models behind servers,
//! each kind a plugin of its own.

pub mod llm;
pub mod network;
pub mod remote;
pub mod scripted;
pub mod tabular;
