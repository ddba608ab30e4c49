//! The commands that make runs: one, or those of a design under several seeds.

pub(super) mod cells;
pub(super) mod cluster;
pub(super) mod conclusion;
pub(super) mod design;
pub(super) mod run;
pub(super) mod sweep;
mod telling;
