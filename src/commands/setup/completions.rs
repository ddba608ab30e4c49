//! `sim completions`.

use super::exit::DONE;
use super::print::raw;
use crate::cli::Cli;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the completions for a shell.
pub(super) fn execute(shell: Shell) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sim", &mut text);
    raw(&text);
    DONE
}
