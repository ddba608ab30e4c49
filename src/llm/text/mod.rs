//! Words to token ids and back, and the chat templates that put them in order.

pub mod chat;
pub mod tokenizer;
pub(in crate::llm) mod tokenizer_json;
