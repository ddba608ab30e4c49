//! How LLM agents are asked, and every prompt that they can see.

mod config;
pub(super) mod listing;
mod phrasings;
mod set;
mod structured;

pub use crate::learning::outcomes::DecisionMode;
pub use config::{GenerationConfig, MessageConfig, Order, Phrasing, PromptConfig, PromptVariant, TableLayout};
pub(super) use set::chat;
pub use set::{PROMPTS_MAX, PromptSet, PromptSetError, count_prompts, shown_count};
pub(super) use structured::list_of_choices;
