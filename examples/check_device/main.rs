//! Checks a device against the CPU, measures it, and prints one page about it, in Markdown. `tools/cuda/check` brings
//! it to a machine with a GPU.
//!
//! `cargo run --release --example check_device` is its dry run: candle's CPU device takes the place of a GPU and goes
//! through the same engine, with small sizes. The exit code is 1 if anything is off by more than its tolerance.

#[path = "../../benches/shapes/mod.rs"]
mod shapes;

mod engine;
mod machine;
mod page;
mod runs;

use agora::llm::engine::machine::DeviceChoice;
use agora::llm::engine::precision::Precision;
use clap::Parser;
use engine::Subject;
use machine::Machine;
use page::Page;
use runs::Case;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// What goes wrong ends the check: the page then stops where it is.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// Checks a device against the CPU, measures it, and prints one page about it.
#[derive(Parser)]
struct Arguments {
    /// cuda:N; or cpu, candle's CPU device in place of a GPU, always with small sizes.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    /// Small sizes: small random weights in place of SmolLM2's and Gemma's sizes, and the tiny model in scenarios.
    #[arg(long)]
    small: bool,
    /// The model that plays the scenarios, as `--set model=…` takes it, in place of theirs.
    #[arg(long)]
    model: Option<String>,
    /// What else is known of the machine, such as its driver; the page repeats it.
    #[arg(long)]
    machine: Option<String>,
    /// How the engine's tests on this device ended; the page repeats it.
    #[arg(long)]
    tests: Option<String>,
    /// Multiplies every tolerance; 0 shows what a page about a broken device looks like.
    #[arg(long, default_value_t = 1.0)]
    tolerances: f64,
}

/// Both number formats of frozen weights.
const FORMATS: [Precision; 2] = [Precision::F32, Precision::Bf16];

/// Prints the page; whether everything agrees.
fn check(arguments: &Arguments) -> Outcome<bool> {
    let machine = Machine::open(arguments.device)?;
    let small = arguments.small || machine.is_host();
    let mut page = Page::new(arguments.tolerances);
    head(&page, arguments, &machine, small)?;

    let (tiny, subject) = (Subject::tiny()?, if small { Subject::small()? } else { Subject::smollm2() });
    page.heading("The same as on the CPU")?;
    page.text(
        "Scores are log-probabilities of labels, their largest error relative to their root mean square; gradients are \
         those of adapters, the length of the error relative to their own. Of runs, the probabilities of cooperating of \
         all agents are compared, in the first tick before and in later ones after learning, and every cell of every \
         table. What is compared with is the CPU's engine in f32.",
    )?;
    page.table(&["", "format", "error", "tolerance", ""])?;
    for precision in FORMATS {
        engine::compare(&mut page, &machine, &tiny, precision)?;
        engine::compare(&mut page, &machine, &subject, precision)?;
    }
    let model = arguments.model.as_deref();
    for case in [Case::mixed_morals(), Case::partner_choice()] {
        runs::compare(&mut page, &machine, &case.played_by(model, small))?;
    }
    runs::texts(&mut page, &machine, model, small)?;

    page.heading("A step and a tick")?;
    page.text(&format!(
        "The work of `bench_step` with {}: wall seconds, the best of {} after a first time that is not counted. \
         Memory is the largest use seen while this went on, weights included.",
        subject.name, subject.repeats
    ))?;
    page.table(&["", "score", "decide and learn", &format!("tick of {} agents", engine::AGENTS), "memory"])?;
    for precision in FORMATS {
        engine::measure(&page, &machine, &subject, precision)?;
    }

    page.heading("The published experiment")?;
    runs::measure_published(&page, &machine, small)?;
    page.verdict()
}

/// What is checked, where and when.
fn head(page: &Page, arguments: &Arguments, machine: &Machine, small: bool) -> Outcome<()> {
    let not_told = "not run: `tools/cuda/check` runs them";
    page.heading(&format!("The device engine on {}", machine.name))?;
    if machine.is_host() {
        page.text(
            "A dry run: candle's CPU device takes the place of a GPU, and sizes are small. The page about a GPU has the \
             same rows; the times here say nothing about one.",
        )?;
    }
    page.table(&["", ""])?;
    page.row(&["date", &machine::today()])?;
    page.row(&["agora", &format!("{}, {}", env!("CARGO_PKG_VERSION"), machine::build())])?;
    page.row(&["device", &machine.card])?;
    page.row(&["machine", &machine::host(arguments.machine.as_deref())])?;
    page.row(&["sizes", if small { "small" } else { "full" }])?;
    page.row(&["the engine's tests on this device", arguments.tests.as_deref().unwrap_or(not_told)])
}

fn main() -> ExitCode {
    match check(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Standard error may be closed; the exit code tells the rest.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
