//! Asking models behind an endpoint that speaks OpenAI's chat-completions protocol, and keeping what they said.
//!
//! Nothing here knows of games or agents. A [`Desk`] is handed questions and returns a reply for each: from the run's
//! recording if it has been asked before, else from the server, through a bounded number of connections. Every reply is
//! in the recording before it is used, and is always read from there, so that a run that replays a recording reads the
//! very bytes that the first run read.

mod address;
mod client;
mod desk;
mod error;
mod protocol;
mod recording;
mod retry;
mod secret;
mod settings;
#[cfg(test)]
mod tests;

pub use address::Address;
pub use desk::{Desk, Endpoint, Question, Tally};
pub use error::RemoteError;
pub use protocol::{ChatMessage, ChatRequest, Likely, OWN_FIELDS, Position, Reply, extra_fields};
pub use recording::{Occasion, RECORDING, recording_at};
pub use secret::{find_key, is_variable_name, key_of};
pub use settings::{Budget, RemoteSpec};
