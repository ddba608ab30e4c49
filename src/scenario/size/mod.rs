//! What a scenario amounts to, counted before any of it is made: agents, matches, rows, bytes.

pub mod extent;
pub mod tick;
