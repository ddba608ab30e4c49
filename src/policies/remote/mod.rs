//! Frozen players behind an OpenAI-compatible server.
//!
//! They are asked with the prompts that language models of the run read, as messages; the server's own chat template
//! turns these into tokens. Under `decision: Constrained` and `Free` each has a table, made once per run from the
//! server's log-probabilities ([`labels`]); under `Generate`, the server writes a completion per decision, which is
//! parsed as every other. What servers said is in the run's recording ([`crate::remote`]), so that nothing of a player
//! outlives a tick but what can be read there.

mod ask;
mod config;
pub mod explain;
mod labels;
mod plugin;

pub use ask::{Approach, has_table};
pub use config::{LimitField, LogProbConfig, RemoteConfig};
pub use plugin::{RemoteDesk, RemotePlayer, RemotePlugin};
