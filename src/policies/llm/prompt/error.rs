//! Why prompts cannot be made.

use super::orders::{PROMPTS_MAX, shown_count};
use crate::llm::error::ModelError;

/// Why prompts cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PromptSetError {
    /// The tokenizer or the chat template refused.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Too many prompts for a table.
    #[error(
        "the scenario asks for {} distinct prompts per agent, more than {PROMPTS_MAX}; list labels or rows in a fixed \
         order, or choose a game with fewer actions",
        shown_count(*prompts)
    )]
    TooMany {
        /// Prompts asked for.
        prompts: usize,
    },
    /// Nothing can invoke an activated adapter.
    #[error(
        "an activated adapter acts from fixed tokens on that end the common start of all prompts and come nowhere later; \
         these prompts share {shared} tokens and have none; drop `activated`, or word the prompts otherwise"
    )]
    NoInvocation {
        /// Length of the common start.
        shared: usize,
    },
}
