//! Why a server's answer cannot be had.

use std::path::PathBuf;

/// Why remote players cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The key cannot be used, or must not be sent.
    #[error("{url}: {problem}")]
    Key {
        /// The server.
        url: String,
        /// A sentence.
        problem: String,
    },
    /// No connection, or one that broke.
    #[error("cannot ask {url}: {problem}; replies so far are kept: go on with --resume")]
    Unreachable {
        /// The server.
        url: String,
        /// What the system said.
        problem: String,
    },
    /// A status that repeating does not change.
    #[error("{url} answered with status {status}: {said}")]
    Refused {
        /// The server.
        url: String,
        /// Its status.
        status: u16,
        /// What it said, and what to do.
        said: String,
    },
    /// A reply that is none.
    #[error("{url}: the reply {problem}")]
    Unreadable {
        /// The server.
        url: String,
        /// What is wrong, as words after "the reply".
        problem: String,
    },
    /// Every repetition failed too.
    #[error(
        "{url}: no reply after {tries} of {most} attempt{}; the last one ended with {last}; replies so far are kept: go on with \
         --resume", if *most == 1 { "" } else { "s" }
    )]
    GivenUp {
        /// The server.
        url: String,
        /// How often it was asked.
        tries: u32,
        /// How often it may be asked.
        most: u32,
        /// What came of the last try.
        last: String,
    },
    /// The budget is spent.
    #[error(
        "the budget of {budget} is spent ({requests} requests sent, {tokens} tokens used); replies so far are kept: go on with \
         --resume and a larger --max-{word}"
    )]
    Spent {
        /// What there was of it.
        budget: String,
        /// `requests` or `tokens`.
        word: &'static str,
        /// Requests sent.
        requests: u64,
        /// Tokens used.
        tokens: u64,
    },
    /// A replay lacks a reply.
    #[error("{}: no reply is recorded to this request of {question}: {prompt}", path.display())]
    NotRecorded {
        /// The recording.
        path: PathBuf,
        /// Who asks, when, where, and the request's hash, in words.
        question: String,
        /// The end of its last message.
        prompt: String,
    },
    /// A recording that cannot be read or written.
    #[error("recording {}: {problem}", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// A sentence.
        problem: String,
    },
    /// A reply from which nothing can be played.
    #[error("agent `{whose}`, asked of {url}: {problem}")]
    Answer {
        /// The agent.
        whose: String,
        /// The server.
        url: String,
        /// A sentence.
        problem: String,
    },
}

impl RemoteError {
    /// Whether the run only stopped, as its budget told it to.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Spent { .. })
    }
}
