//! Processes that work together, and the bytes that they send each other. What the bytes mean is no concern here.
//!
//! All ranks make the same calls in the same order, and a call returns only when all have made it, or, for
//! [`Transport::carry`], both ends have. A rank that makes another call waits for ever, so code that uses this lets
//! every rank hear of what goes wrong on one of them.

mod alone;
mod launch;
#[cfg(feature = "mpi")]
mod mpi;
mod threads;

pub use alone::Alone;
pub use launch::{LaunchError, launched, processes};
#[cfg(feature = "mpi")]
pub use mpi::Mpi;
pub use threads::Threads;

use std::fmt::Debug;

/// How the ranks of a group reach each other.
pub trait Transport: Debug + Send + Sync {
    /// The number of this rank, from 0.
    fn rank(&self) -> usize;

    /// How many ranks there are.
    fn size(&self) -> usize;

    /// What every rank sends, in the order of the ranks.
    fn all_gather(&self, own: Vec<u8>) -> Vec<Vec<u8>>;

    /// Takes bytes from one rank to another: `own` is sent by the rank `from` and received by the rank `to`. All others
    /// return at once; all but the receiver get nothing.
    fn carry(&self, from: usize, to: usize, own: Vec<u8>) -> Vec<u8>;
}
