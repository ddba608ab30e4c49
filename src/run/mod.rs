//! A run from scenario to run directory.

mod directory;
mod manifest;
mod plan;
mod simulation;

pub use directory::RunDirectory;
pub use manifest::{Manifest, MemoryEntry, Status};
pub use plan::plan;
pub use simulation::{Finished, RunError, RunOptions, Simulation};
