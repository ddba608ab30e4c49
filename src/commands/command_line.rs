//! From the words of the command line to [`Cli`].

use super::input::scenario::no_command;
use super::terminal::print::refuse;
use crate::cli::Cli;
use clap::error::ErrorKind;
use clap::{Command, CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::path::Path;

/// Reads the command line; says what is wrong with it and returns the exit code.
///
/// Ends the process where help or the version is asked for.
pub(super) fn read() -> Result<Cli, u8> {
    let read = with_negative_numbers(Cli::command()).try_get_matches().and_then(|found| Cli::from_arg_matches(&found));
    read.map_err(|error| {
        // A command that does not exist is taken for a file, and what follows it for a command.
        let is_word = |first: &OsString| !first.to_string_lossy().starts_with('-');
        let first = std::env::args_os().nth(1).filter(is_word);
        let first = first.filter(|_| error.kind() == ErrorKind::ArgumentConflict);
        match first.and_then(|word| no_command(Path::new(&word))) {
            Some(problem) => refuse(problem),
            None => error.exit(),
        }
    })
}

/// Takes `-1` for a value, which is refused with the values that may be given, rather than for an option.
fn with_negative_numbers(command: Command) -> Command {
    command.allow_negative_numbers(true).mut_subcommands(with_negative_numbers)
}
