//! How much memory passes take, and in which turns learners share it.

pub mod pass;
pub mod plan;
