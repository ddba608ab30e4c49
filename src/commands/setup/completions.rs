//! `sim completions`.

use crate::cli::Cli;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::raw;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the completions for a shell.
pub(in crate::commands) fn execute(shell: Shell) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sim", &mut text);
    raw(&text);
    DONE
}
