//! The exit codes of `sim`.

/// Everything went well.
pub(in crate::commands) const DONE: u8 = 0;

/// The run failed.
pub(in crate::commands) const FAILED: u8 = 1;

/// The arguments or the scenario are wrong.
pub(in crate::commands) const WRONG_INPUT: u8 = 2;

/// The run was asked to stop: the code that shells give a command that Ctrl-C ended, whatever the signal was.
pub(in crate::commands) const INTERRUPTED: u8 = 130;
