//! What each verb of `sim` does. The only place that prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "commands talk to people")]

mod compare;
mod evaluate;
mod explain;
mod models;
mod run;
mod score;
mod sweep;

use crate::cli::{Cli, MachineArgs, Verb};
use crate::llm::backend::Backend;
use crate::text::shown_lines;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Everything went well.
const DONE: u8 = 0;
/// The run failed.
const FAILED: u8 = 1;
/// The arguments or the scenario are wrong.
const WRONG_INPUT: u8 = 2;

/// Carries out the command line.
pub fn execute(cli: Cli) -> ExitCode {
    let code = match cli.verb {
        None if cli.run.seeds.is_some() => sweep::execute(&cli.run),
        None => run::execute(&cli.run),
        Some(Verb::Models { verb }) => models::execute(&verb),
        Some(Verb::Score(args)) => score::execute(&args),
        Some(Verb::Explain { name }) => explain::execute(name.as_deref()),
        Some(Verb::Report { run }) => match crate::report::write(&run) {
            Ok(path) => {
                println!("{}", path.display());
                DONE
            }
            Err(error) => fail(error),
        },
        Some(Verb::Compare(args)) => compare::execute(&args),
        Some(Verb::Evaluate(args)) => evaluate::execute(&args),
        Some(Verb::Schema) => {
            let schema = crate::scenario::shape::json_schema();
            println!("{schema:#}");
            DONE
        }
    };
    ExitCode::from(code)
}

/// Prints an error and returns the exit code of a failure.
fn fail(error: impl std::fmt::Display) -> u8 {
    eprintln!("error: {}", shown_lines(&error.to_string()));
    FAILED
}

/// Whether people look at standard error, in colour.
fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Opens the device that the command line asks for; where there is none, says so and returns the exit code.
fn open_backend(machine: &MachineArgs) -> Result<Backend, u8> {
    let backend = Backend::open(machine.device, machine.precision, machine.device_memory).map_err(|error| {
        let wrong_input = error.is_wrong_input();
        let failed = fail(error);
        if wrong_input { WRONG_INPUT } else { failed }
    })?;
    if backend.precision() != machine.precision {
        let asked = machine.precision.name();
        eprintln!("note: --precision {asked}: this processor has no AVX512-BF16; the CPU computes in f32 instead");
    }
    Ok(backend)
}
