//! What each verb of `sim` does. The only place that prints.

mod asking;
mod command_line;
mod input;
mod results;
mod running;
mod runs;
mod setup;
mod terminal;

use crate::cli::{Cli, Verb};
use crate::crash;
use crate::run::Extension;
use crate::text::shown;
use asking::{chat, explain, play, prompt, score};
use results::{compare, evaluate, export, merge, meta, report, tournament};
use running::{cluster, run, sweep};
use runs::{clean, list, show, verify, watch};
use setup::{completions, man, models, new, schema};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use terminal::print::{self, err};

/// This program is at fault.
const DEFECT: u8 = 101;

/// Reads the command line and carries it out.
pub fn main(extend: Extension) -> ExitCode {
    guarded(|| match command_line::read() {
        Ok(cli) => execute(cli, extend),
        Err(code) => ExitCode::from(code),
    })
}

/// Carries out `command`. A panic in it becomes one sentence, a report in a file, and an exit code of its own.
pub fn guarded(command: impl FnOnce() -> ExitCode) -> ExitCode {
    crash::install();
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|payload| defect(payload.as_ref()))
}

/// Says that this program is at fault and where the report of it is: in the run's folder if there was one.
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
pub fn execute(cli: Cli, extend: Extension) -> ExitCode {
    let code = match cli.verb {
        None => run_or_sweep(&cli.run, extend),
        Some(Verb::Run(args)) => run_or_sweep(&args, extend),
        Some(Verb::New(args)) => new::execute(&args, extend),
        Some(Verb::Models { verb }) => models::execute(&verb),
        Some(Verb::Score(args)) => score::execute(&args),
        Some(Verb::Explain(args)) => explain::execute(&args, extend),
        Some(Verb::Sweep(args)) if args.cluster.is_elsewhere() => cluster::execute(&args, extend),
        Some(Verb::Sweep(args)) => sweep::execute(&sweep::Order::of(&args), extend),
        Some(Verb::List(args)) => list::execute(&args),
        Some(Verb::Show(args)) => show::execute(&args, extend),
        Some(Verb::Verify(args)) => verify::execute(&args, extend),
        Some(Verb::Clean(args)) => clean::execute(&args),
        Some(Verb::Export(args)) => export::execute(&args, extend),
        Some(Verb::Prompt(args)) => prompt::execute(&args, extend),
        Some(Verb::Play(args)) => play::execute(&args, extend),
        Some(Verb::Chat(args)) => chat::execute(&args, extend),
        Some(Verb::Completions { shell }) => completions::execute(shell),
        Some(Verb::Man { command }) => man::execute(command.as_deref()),
        Some(Verb::Report(args)) => report::execute(&args),
        Some(Verb::Merge(args)) => merge::execute(&args),
        Some(Verb::Compare(args)) => compare::execute(&args),
        Some(Verb::Tournament(args)) => tournament::execute(&args),
        Some(Verb::Evaluate(args)) => evaluate::execute(&args, extend),
        Some(Verb::Meta(args)) => meta::execute(&args, extend),
        Some(Verb::Watch(args)) => watch::execute(&args),
        Some(Verb::Schema) => schema::execute(extend),
    };
    ExitCode::from(print::finish(code))
}

fn run_or_sweep(args: &crate::cli::RunArgs, extend: Extension) -> u8 {
    match args.seeds {
        Some(_) => sweep::execute(&sweep::Order::seeds(args), extend),
        None => run::execute(args, extend),
    }
}
