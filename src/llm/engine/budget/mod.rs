//! How much memory passes take, how learners share it, and how long products take at least.

pub mod pass;
pub mod plan;
pub mod speed;
