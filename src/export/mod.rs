//! Reads a run's files only, and writes them in formats of other programs.
//!
//! - [`table`]: the tables, with a type for every column.
//! - [`parquet`]: the tables as Parquet files.
//! - [`hub`]: adapters with cards for the Hugging Face Hub.
//! - [`tensorboard`]: the two tables of a tick as event files of TensorBoard, also while the run goes on.

mod error;
pub mod hub;
mod identity;
pub mod parquet;
pub mod table;
pub mod tensorboard;

pub use error::ExportError;
pub use identity::Identity;
