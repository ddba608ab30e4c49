//! The commands that come before a first run.

pub(super) mod completions;
pub(super) mod man;
pub(super) mod models;
pub(super) mod new;
pub(super) mod schema;
