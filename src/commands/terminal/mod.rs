//! What every command prints with: standard output and error, exit codes, tables, bars, signals, times.

pub(super) mod exit;
pub(super) mod print;
pub(super) mod progress;
pub(super) mod signals;
pub(super) mod table;
pub(super) mod time;
