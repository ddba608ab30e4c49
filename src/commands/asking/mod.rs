//! The commands that explain something, and those by which a person asks a model or plays with it.

pub(super) mod chat;
pub(super) mod explain;
pub(super) mod play;
pub(super) mod prompt;
pub(super) mod score;
