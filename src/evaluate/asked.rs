//! What a model is asked, how, and why it cannot be asked.

use crate::evaluate::histories::Histories;
use crate::evaluate::measure::ScaleError;
use crate::llm::engine::Engine;
use crate::llm::engine::device::DeviceError;
use crate::llm::error::ModelError;
use crate::policies::llm::PromptSetError;

/// Settings of the suite.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Rounds of a match.
    pub rounds: u32,
    /// How the opponent acts, and had acted before the first round.
    pub histories: Histories,
    /// Fine for defecting on an opponent that has just cooperated.
    pub penalty: f64,
    /// Parts of the suite to ask, out of [`super::suite::PARTS`].
    pub parts: Vec<String>,
    /// Labels that no model was trained with.
    pub new_labels: [String; 2],
    /// Number of matches to sample besides the exact values; 0 for none.
    pub episodes: u32,
    /// Seed of the sampled matches, the same for all subjects.
    pub seed: u64,
}

/// The reason why the suite cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// A question cannot be put to this model.
    #[error("{game}, labels {labels}, {phrasing}: {problem}")]
    Prompts {
        /// Game of the question.
        game: &'static str,
        /// Its labels.
        labels: String,
        /// Its phrasing.
        phrasing: &'static str,
        /// The problem.
        problem: Box<PromptSetError>,
    },
    /// A regret has no scale.
    #[error(transparent)]
    Scale(#[from] ScaleError),
    /// The model gives no numbers.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An error of the device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// The model that is being evaluated, ready to run.
pub struct Asked<'a> {
    /// The engine that runs it; on the CPU, each of its workers has one question at a time.
    pub engine: &'a Engine,
    /// Turns text into tokens.
    pub tokenizer: &'a crate::llm::text::tokenizer::ChatTokenizer,
}
