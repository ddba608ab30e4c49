//! Sweeps whose runs other programs start: a batch system, a cluster's scheduler, or a loop of the shell.
//!
//! A sweep is listed once, in a file that nobody changes while its runs go on; the state of each run is what its own
//! folder says, so that no file is written by two processes. Every run has a command of its own, which may be repeated
//! at any time, and all are merged once they are done.
//!
//! - [`id`]: what decides a run's results, as a hash.
//! - [`listed`]: the list of a sweep's runs, `sweep.json`.
//! - [`tasks`]: runs packed into tasks, and what a task may take.
//! - [`words`]: command lines, quoted for the shell.
//! - [`slurm`], [`kubernetes`]: what starts them; [`script`]: what each of their tasks does.
//! - [`standing`]: how far each run has come.
//! - [`merge`]: the tables of all runs as one.

pub mod id;
mod kubernetes;
pub mod listed;
pub mod merge;
mod script;
mod slurm;
pub mod standing;
pub mod tasks;
pub mod words;

pub use kubernetes::{Pod, job};
pub use slurm::array_job;

/// The commands of all runs, one on each line.
pub const LIST: &str = "sweep.list";
/// The script for Slurm.
pub const SLURM: &str = "sweep.slurm";
/// The Job for Kubernetes.
pub const KUBERNETES: &str = "sweep.yaml";
