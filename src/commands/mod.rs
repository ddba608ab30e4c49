//! What each verb of `sim` does. The only place that prints.

mod compare;
mod evaluate;
mod explain;
mod folder;
mod models;
mod print;
mod progress;
mod report;
mod run;
mod score;
mod signals;
mod sweep;

use crate::cli::{Cli, MachineArgs, Verb};
use crate::crash;
use crate::llm::engine::machine::Backend;
use crate::llm::files::fetch::{Fetcher, terminal_progress};
use crate::text::{shown, shown_lines};
use clap::Parser;
use print::{err, out};
use std::any::Any;
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Everything went well.
const DONE: u8 = 0;
/// The run failed.
const FAILED: u8 = 1;
/// The arguments or the scenario are wrong.
const WRONG_INPUT: u8 = 2;
/// This program is at fault.
const DEFECT: u8 = 101;
/// Somebody asked the run to stop: what shells say of a command that Ctrl-C ended, whatever the signal was.
const INTERRUPTED: u8 = 130;

/// Reads the command line and carries it out.
pub fn main() -> ExitCode {
    guarded(|| execute(Cli::parse()))
}

/// Carries out `command`. A panic in it becomes one sentence, a report in a file, and an exit code of its own.
pub fn guarded(command: impl FnOnce() -> ExitCode) -> ExitCode {
    crash::install();
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|payload| defect(payload.as_ref()))
}

/// Says that this program is at fault and where the report of it lies: in the run's folder if there was one.
fn defect(payload: &(dyn Any + Send)) -> ExitCode {
    let message = shown(crash::message(payload));
    let report = match crash::report(payload, &std::env::temp_dir()) {
        Some(path) => format!("what is needed to mend it is in {}", path.display()),
        None => "no report of it could be written".into(),
    };
    err!(
        "error: this is a defect of sim {}, not of what it was given ({message}); {report}",
        env!("CARGO_PKG_VERSION")
    );
    ExitCode::from(DEFECT)
}

/// Carries out the command line.
pub fn execute(cli: Cli) -> ExitCode {
    let code = match cli.verb {
        None => run_or_sweep(&cli.run),
        Some(Verb::Run(args)) => run_or_sweep(&args),
        Some(Verb::Models { verb }) => models::execute(&verb),
        Some(Verb::Score(args)) => score::execute(&args),
        Some(Verb::Explain { name }) => explain::execute(name.as_deref()),
        Some(Verb::Report { run }) => report::execute(&run),
        Some(Verb::Compare(args)) => compare::execute(&args),
        Some(Verb::Evaluate(args)) => evaluate::execute(&args),
        Some(Verb::Schema) => {
            let schema = crate::scenario::check::shape::json_schema();
            out!("{schema:#}");
            DONE
        }
    };
    ExitCode::from(print::finish(code))
}

fn run_or_sweep(args: &crate::cli::RunArgs) -> u8 {
    if args.seeds.is_some() { sweep::execute(args) } else { run::execute(args) }
}

/// Prints an error and returns the exit code of a failure.
fn fail(error: impl std::fmt::Display) -> u8 {
    err!("error: {}", shown_lines(&error.to_string()));
    FAILED
}

/// Prints what is wrong with the input and returns the exit code of that.
fn refuse(problem: impl std::fmt::Display) -> u8 {
    err!("error: {}", shown_lines(&problem.to_string()));
    WRONG_INPUT
}

/// The refusal to overwrite `path`.
fn already_there(path: &std::path::Path) -> String {
    format!("{} is there already; name another file with --out, or overwrite it with --force", path.display())
}

/// Whether people look at standard error, in colour.
fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Finds models as the environment says, and tells people what takes long.
fn model_fetcher() -> Fetcher {
    Fetcher { notice: |what| err!("{}", shown(what)), ..Fetcher::from_env(terminal_progress()) }
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
        err!("note: --precision {asked}: this processor has no AVX512-BF16; the CPU computes in f32 instead");
    }
    Ok(backend)
}
