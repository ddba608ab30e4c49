//! A run from scenario to run directory.

mod adapters;
mod base_model;
mod checkpoint;
mod directory;
mod error;
mod frozen;
mod job;
mod journal;
mod manifest;
mod options;
mod pace;
mod place;
mod plan;
mod prepare;
mod simulation;
mod survey;
pub mod sweep;
mod ticks;

pub use base_model::load_model;
pub(crate) use base_model::thread_pool;
pub use directory::RunDirectory;
pub use error::RunError;
pub use manifest::{HaltedEntry, Manifest, MemoryEntry, ModelEntry, Status};
pub use options::{Finished, Interrupt, RunOptions, Watch};
pub use pace::Pace;
pub use plan::plan;
pub use prepare::{Prepared, Ready};
pub use simulation::{Extension, Simulation};
