//! The commands that look after runs.

pub(super) mod clean;
pub(super) mod list;
pub(super) mod show;
pub(super) mod verify;
pub(super) mod watch;
