//! What started this process, and with how many others.

use super::{Alone, Transport};
use std::sync::Arc;

/// Where launchers say how many processes they have started: Open MPI, MPICH and its kin, Slurm.
const SIZES: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];

/// Processes that were started together and cannot work together.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// This build cannot.
    #[error(
        "{processes} processes were started together, and this build of sim plays alone; build it with `--features mpi`, or \
         start one process"
    )]
    NotBuilt {
        /// How many there are.
        processes: usize,
    },
    /// MPI knows of another number.
    #[error(
        "{processes} processes were started together, and MPI knows of {known}; under Slurm, start them with `srun \
         --mpi=pmix`, and build sim with the MPI of the launcher"
    )]
    Unconnected {
        /// How many the launcher started.
        processes: usize,
        /// How many MPI finds.
        known: usize,
    },
    /// MPI does not start.
    #[error("MPI does not start: {problem}")]
    NotStarted {
        /// What happened.
        problem: String,
    },
}

/// The ranks that a launcher such as `mpirun` or `srun` started together with this process; this process alone if none
/// did. Called once.
///
/// # Errors
/// If they cannot work together.
pub fn launched() -> Result<Arc<dyn Transport>, LaunchError> {
    match processes() {
        1 => Ok(Arc::new(Alone)),
        processes => connect(processes),
    }
}

/// How many processes a launcher started together, this one included; 1 if none did.
pub fn processes() -> usize {
    let said = SIZES.iter().find_map(|name| std::env::var(name).ok()?.trim().parse().ok());
    said.map_or(1, |processes: usize| processes.max(1))
}

#[cfg(feature = "mpi")]
fn connect(processes: usize) -> Result<Arc<dyn Transport>, LaunchError> {
    let mpi = super::Mpi::start().map_err(|problem| LaunchError::NotStarted { problem })?;
    match mpi.size() {
        known if known == processes => Ok(Arc::new(mpi)),
        known => Err(LaunchError::Unconnected { processes, known }),
    }
}

#[cfg(not(feature = "mpi"))]
fn connect(processes: usize) -> Result<Arc<dyn Transport>, LaunchError> {
    Err(LaunchError::NotBuilt { processes })
}
