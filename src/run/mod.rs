//! A run from scenario to run directory.

mod base_model;
mod checkpoint;
mod directory;
mod error;
mod manifest;
mod place;
mod plan;
mod simulation;
mod survey;
pub mod sweep;

pub use base_model::load_model;
pub(crate) use base_model::thread_pool;
pub use directory::RunDirectory;
pub use error::RunError;
pub use manifest::{HaltedEntry, Manifest, MemoryEntry, ModelEntry, Status};
pub use plan::plan;
pub use simulation::{Finished, Interrupt, RunOptions, Simulation};
