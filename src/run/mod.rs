//! A run from scenario to run directory.

mod checkpoint;
mod directory;
mod error;
mod manifest;
mod place;
mod plan;
mod simulation;
mod survey;
pub mod sweep;

pub use directory::RunDirectory;
pub use error::RunError;
pub use manifest::{HaltedEntry, Manifest, MemoryEntry, ModelEntry, Status};
pub use plan::plan;
pub(crate) use simulation::thread_pool;
pub use simulation::{Finished, RunOptions, Simulation, load_model};
