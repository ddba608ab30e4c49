//! The `sim` command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    agora::commands::execute(agora::cli::Cli::parse())
}
