//! The exit codes of `sim`.

/// Everything went well.
pub(super) const DONE: u8 = 0;

/// The run failed.
pub(super) const FAILED: u8 = 1;

/// The arguments or the scenario are wrong.
pub(super) const WRONG_INPUT: u8 = 2;

/// The run was asked to stop: the code that shells give a command that Ctrl-C ended, whatever the signal was.
pub(super) const INTERRUPTED: u8 = 130;
