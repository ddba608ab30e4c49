//! Why a scenario cannot become a world.

use crate::llm::engine::device::DeviceError;
use crate::llm::error::ModelError;
use crate::policies::llm::PromptSetError;

/// Why a checked scenario still cannot become a world.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// A plugin refused its parameters, or a game its numbers.
    #[error("{what}: {problem}")]
    Refused {
        /// What could not be made.
        what: String,
        /// Why not.
        problem: String,
    },
    /// The model or an adapter.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device that runs the model.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The prompts.
    #[error("population `{population}`: {problem}")]
    Prompts {
        /// Whose prompts.
        population: String,
        /// What is wrong.
        problem: PromptSetError,
    },
}
