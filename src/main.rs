//! The `sim` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    agora::main(|_| {})
}
