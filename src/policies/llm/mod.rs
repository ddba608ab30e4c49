//! LLM agents: prompts, labels, decision tables, and learning from the tables' gradients.
//!
//! An agent sees only a few distinct prompts, so its policy is a table: all prompts are scored in one pass each tick,
//! seats draw from the table, and the learner's gradient goes back through the same pass. Under `decision: Generate`,
//! seats draw completions token by token instead ([`generate`]). Models that do not learn ([`Frozen`]) draw from tables
//! that were made before the run.

mod components;
#[cfg(test)]
mod device_tests;
mod draw;
mod evidence;
mod exact;
#[cfg(test)]
mod exact_tests;
mod frozen;
pub mod generate;
mod heritage;
mod learn;
mod partner;
#[cfg(test)]
mod partner_tests;
mod plugin;
pub mod prompt;
pub mod readers;
mod score;
mod snapshot;
mod tables;

pub use components::{BaseLlm, DecisionTable, Experience, LastGood, LlmLearner, LlmPolicy, LlmTokenizer};
pub(super) use draw::draw;
pub use exact::behaviour;
pub use frozen::{Frozen, FrozenTable};
pub use heritage::adapter_stream;
pub use partner::{ChoosesByPrompt, PickPrompt};
pub use plugin::LlmPlugin;
pub use prompt::{PROMPTS_MAX, PromptSet, PromptSetError, Wordings, count_prompts, shown_count};
pub use score::policy_table;
pub(super) use score::{fixed_table, read_out};
