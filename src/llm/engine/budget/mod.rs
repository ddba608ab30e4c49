//! How much memory passes take, and how learners share it.

pub mod pass;
pub mod plan;
