//! `sim --scenario FILE`.

use super::{DONE, FAILED, WRONG_INPUT, colour, fail, open_backend};
use crate::cli::RunArgs;
use crate::llm::backend::{Backend, DeviceChoice};
use crate::llm::fetch::{Fetcher, terminal_progress};
use crate::run::{RunDirectory, RunOptions, Simulation};
use crate::scenario::load::{Scenario, load};
use crate::scenario::spawn::{generates, needs_model};
use crate::world::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

pub(super) fn execute(args: &RunArgs) -> u8 {
    let mut simulation = Simulation::new();
    let scenario = match checked(args, &simulation) {
        Ok(scenario) => scenario,
        Err(problems) => {
            eprint!("{problems}");
            return WRONG_INPUT;
        }
    };
    eprint!("{}", scenario.render_warnings(colour()));
    let threads = args.machine.threads.map(usize::from);
    let fetcher = Fetcher::from_env(terminal_progress());
    match simulation.plan(&scenario.spec, threads, &fetcher) {
        Ok(plan) if args.dry_run => {
            println!("{plan}The scenario is valid; nothing was run.");
            return DONE;
        }
        Ok(plan) => eprint!("{plan}"),
        Err(error) => {
            eprintln!("error: {error}");
            return WRONG_INPUT;
        }
    }
    let spec = &scenario.spec;
    let backend = match open_backend(&args.machine) {
        // Texts are decoded on the CPU: `auto` goes there, a GPU that was named is refused by the run.
        Ok(backend) if needs_model(spec) && !(generates(spec) && args.machine.device == DeviceChoice::Auto) => backend,
        Ok(_) => Backend::Cpu,
        Err(code) => return code,
    };
    eprintln!("  device  {}\n", backend.name());
    let out = args.out.clone().unwrap_or_else(|| RunDirectory::default_path(&spec.name, spec.seed));
    let options = RunOptions { out: Some(out.clone()), threads, backend, progress: Progress(progress_bar()) };
    let finished = match simulation.run(&scenario, &options, &fetcher) {
        Ok(finished) => finished,
        Err(error) => {
            options.progress.0.finish_and_clear();
            return fail(error);
        }
    };
    options.progress.0.finish_and_clear();
    println!("{}\n", finished.summary.table());
    let report = match crate::report::write(&out) {
        Ok(path) => path,
        Err(error) => return fail(error),
    };
    println!("{} ticks in {:.1} s. Results: {}", spec.ticks, finished.seconds, out.display());
    println!("Curves: {}", report.display());
    for halted in &finished.halted {
        eprintln!("error: agent {} stopped learning at tick {}: {}", halted.agent, halted.tick, halted.reason);
    }
    if finished.halted.is_empty() { DONE } else { FAILED }
}

/// The scenario with the command line's changes, or everything that is wrong with it.
fn checked(args: &RunArgs, simulation: &Simulation) -> Result<Scenario, String> {
    let path = args.scenario.as_ref().ok_or("error: which scenario? Say `sim --scenario FILE`\n")?;
    let mut overrides = args.set.clone();
    overrides.extend(args.seed.map(|seed| format!("seed={seed}")));
    overrides.extend(args.ticks.map(|ticks| format!("ticks={ticks}")));
    load(path, &overrides, &simulation.known()).map_err(|errors| errors.render(colour()))
}

/// A bar with the tick, elapsed and remaining time on standard error; hidden where that is not a terminal.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:14} {bar:40} {percent:>3}%  {elapsed} elapsed, {eta} left")
        .expect("the template above is well formed");
    let bar = ProgressBar::new(0).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
