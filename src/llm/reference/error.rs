//! Why candle-transformers cannot run a model.

/// Why the reference cannot score.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// A feature of the model, the adapter or the text that candle-transformers lacks.
    #[error("the reference cannot check this: candle-transformers {lacks}; score with --engine agora")]
    Lacks {
        /// What it lacks, to follow its name: `has no … , and …`.
        lacks: String,
    },
    /// Quantised weights were asked of a model that has none.
    #[error("{model} is not a GGUF file, and only those hold quantised weights; score with --engine reference")]
    NotQuantised {
        /// Its name.
        model: String,
    },
    /// Weights that cannot be read, or that do not fit.
    #[error("candle-transformers: {problem}")]
    Failed {
        /// In candle's words.
        problem: String,
    },
}

impl ReferenceError {
    pub(super) fn lacks(what: impl Into<String>) -> Self {
        Self::Lacks { lacks: what.into() }
    }
}

impl From<candle_core::Error> for ReferenceError {
    fn from(error: candle_core::Error) -> Self {
        // candle adds a backtrace to its message; the first line holds the reason.
        Self::Failed { problem: error.to_string().lines().next().unwrap_or_default().to_string() }
    }
}
