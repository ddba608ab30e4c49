//! How an agent decides: scripted strategies, tables of values, small networks, LLM policies, models behind servers and
//! people, each a plugin of its own.

pub mod llm;
pub mod network;
pub mod person;
pub mod remote;
pub mod scripted;
pub mod tabular;
