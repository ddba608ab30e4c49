//! LLM agents: prompts, labels and decision tables.

pub mod prompt;
