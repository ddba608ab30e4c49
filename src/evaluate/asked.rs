//! What is asked of a model, how, and why it cannot be.

use crate::evaluate::histories::Histories;
use crate::evaluate::measure::ScaleError;
use crate::llm::engine::Engine;
use crate::llm::engine::device::DeviceError;
use crate::llm::error::ModelError;
use crate::policies::llm::PromptSetError;

/// How the suite is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Rounds of a match.
    pub rounds: u32,
    /// What the opponent does, and had done before the first round.
    pub histories: Histories,
    /// Fine for defecting on one who has just cooperated.
    pub penalty: f64,
    /// Parts of the suite that are asked, of [`super::suite::PARTS`].
    pub parts: Vec<String>,
    /// Labels that no model was trained with.
    pub new_labels: [String; 2],
    /// Matches to sample besides the exact values; 0: none.
    pub episodes: u32,
    /// Seed of the sampled matches, the same for all subjects.
    pub seed: u64,
}

/// Why the suite cannot be played.
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
        /// What is wrong.
        problem: Box<PromptSetError>,
    },
    /// A regret has no scale.
    #[error(transparent)]
    Scale(#[from] ScaleError),
    /// A model that gives no numbers.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// The model that is evaluated, ready to run.
pub struct Asked<'a> {
    /// What reads it; on the CPU each of its workers has one question at a time.
    pub engine: &'a Engine,
    /// Text to tokens.
    pub tokenizer: &'a crate::llm::text::tokenizer::ChatTokenizer,
}
