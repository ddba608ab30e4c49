//! A run from scenario to run directory.

mod adapters;
mod base_model;
mod checkpoint;
pub mod clean;
mod directory;
mod error;
mod factors;
mod forecast;
mod journal;
mod manifest;
mod options;
pub mod outputs;
mod pace;
mod place;
mod plan;
mod prepare;
mod prompts;
pub mod runs;
mod simulation;
mod survey;
pub mod sweep;
mod ticks;
pub mod verify;

pub use base_model::load_model;
pub(crate) use base_model::thread_pool;
pub use directory::RunDirectory;
pub use error::RunError;
pub use factors::Factors;
pub use forecast::Forecast;
pub use manifest::{HaltedEntry, Manifest, MemoryEntry, ModelEntry, Status};
pub use options::{Finished, Headway, Interrupt, RunOptions, Watch};
pub use pace::Pace;
pub use place::set_aside;
pub use plan::plan;
pub use prepare::{Prepared, Ready};
pub use simulation::{Extension, Simulation};
