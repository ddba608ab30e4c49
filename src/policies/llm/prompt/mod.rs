//! How LLM agents are asked, and every prompt that they can see.

mod config;
mod error;
pub(in crate::policies) mod listing;
mod orders;
mod phrasings;
mod set;
mod structured;
mod wordings;

pub use crate::learning::outcomes::DecisionMode;
pub use config::{GenerationConfig, MessageConfig, Order, Phrasing, PromptConfig, PromptVariant, TableLayout};
pub use error::PromptSetError;
pub use orders::{PROMPTS_MAX, count_prompts, shown_count};
pub use set::PromptSet;
pub(super) use set::chat;
pub(super) use structured::list_of_choices;
pub use wordings::Wordings;
