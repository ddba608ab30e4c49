//! Why a model, tokenizer or adapter cannot be loaded or used.

use crate::text::shown;
use std::path::{Path, PathBuf};

/// Why a model, tokenizer or adapter cannot be loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// A verb: read, write, create.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found, what was expected, what to do.
        problem: String,
    },
    /// A model or a feature of one that the engine does not compute.
    #[error("{}: {what}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What was found and what is supported.
        what: String,
    },
    /// The bytes are not the ones the registry names.
    #[error("{}: SHA-256 is {found}, expected {expected}; the file is incomplete or another version, delete it and try again", path.display())]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// Its hash.
        found: String,
        /// The registry's.
        expected: String,
    },
    /// A name that is neither in the registry nor a path nor a Hub repository.
    #[error("{0}")]
    UnknownName(String),
    /// Every source failed.
    #[error("{0}")]
    NothingFound(String),
    /// The tokenizer cannot be built or refused a text.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// The chat template is missing or failed.
    #[error("chat template: {0}")]
    Template(String),
    /// A prompt that the model cannot read.
    #[error(
        "a prompt of {found} {unit} is longer than the {most} that are read; shorten it (persona, system message, labels, \
         prefill), or take a model with a longer context"
    )]
    TooLong {
        /// Its length.
        found: usize,
        /// The unit: tokens or bytes.
        unit: &'static str,
        /// The longest that is read.
        most: usize,
    },
    /// A prompt without tokens: there is nothing to answer to.
    #[error("a prompt is empty: its text has no tokens, or the chat template prints nothing for it")]
    EmptyPrompt,
    /// Labels that cannot be scored as token sequences.
    #[error("labels: {0}")]
    Labels(String),
    /// The model gives something that is not a finite number.
    #[error(
        "{whose}: the model gives {value} where a log-probability or a value belongs, so nothing it says can be used; the \
         weights of the base or of the adapter are damaged, or so large that sums overflow: take another file"
    )]
    NotFinite {
        /// Who was asked.
        whose: String,
        /// What came out.
        value: f32,
    },
    /// An adapter's folder does not fit.
    #[error("adapter {}: {problem}", path.display())]
    Adapter {
        /// The folder.
        path: PathBuf,
        /// What was found, what was expected, what to do.
        problem: String,
    },
}

/// Words from files are shown as words, whatever they would do to a terminal.
impl ModelError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn damaged(path: &Path, problem: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), problem: shown(&problem.into()).into_owned() }
    }

    pub(crate) fn tokenizer(problem: &str) -> Self {
        Self::Tokenizer(shown(problem).into_owned())
    }

    pub(crate) fn unsupported(path: &Path, what: impl Into<String>) -> Self {
        Self::Unsupported { path: path.to_path_buf(), what: shown(&what.into()).into_owned() }
    }
}
