//! `sim --scenario FILE`.

use super::{DONE, FAILED, WRONG_INPUT, colour, fail, open_backend};
use crate::cli::RunArgs;
use crate::llm::backend::{Backend, DeviceChoice};
use crate::llm::fetch::{Fetcher, terminal_progress};
use crate::run::{Interrupt, RunDirectory, RunOptions, Simulation};
use crate::scenario::load::{Scenario, load};
use crate::scenario::spawn::{cpu_only, needs_model};
use crate::scenario::spec::ScenarioSpec;
use crate::text::shown;
use crate::world::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;

pub(super) fn execute(args: &RunArgs) -> u8 {
    let mut simulation = Simulation::new();
    let Planned { scenario, plan, backend } = match planned(args, &simulation) {
        Ok(planned) => planned,
        Err(code) => return code,
    };
    if args.dry_run {
        println!("{plan}The scenario is valid; nothing was run.");
        return DONE;
    }
    eprintln!("{plan}  device  {backend}\n");
    let spec = &scenario.spec;
    let fetcher = Fetcher::from_env(terminal_progress());
    let threads = args.machine.threads.map(usize::from);
    let out = out(args, spec);
    let options = RunOptions {
        out: Some(out.clone()),
        threads,
        backend,
        progress: Progress(progress_bar()),
        checkpoints: args.checkpoint.0,
        resume: args.resume,
        interrupt: on_ctrl_c(),
    };
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
    let resumed = finished.resumed_at.map_or_else(String::new, |tick| format!(" (taken up again at tick {tick})"));
    println!("{} ticks in {:.1} s{resumed}. Results: {}", spec.ticks, finished.seconds, out.display());
    println!("Curves: {}", report.display());
    for halted in &finished.halted {
        eprintln!("error: agent {} stopped learning at tick {}: {}", halted.agent, halted.tick, halted.reason);
    }
    if finished.halted.is_empty() { DONE } else { FAILED }
}

/// A checked scenario, what it amounts to, and what its model runs on.
pub(super) struct Planned {
    pub(super) scenario: Scenario,
    /// Lines of text.
    pub(super) plan: String,
    pub(super) backend: Backend,
}

/// Checks and plans everything; where something is wrong, says what and returns the exit code.
pub(super) fn planned(args: &RunArgs, simulation: &Simulation) -> Result<Planned, u8> {
    let scenario = checked(args, simulation).map_err(|problems| {
        eprint!("{problems}");
        WRONG_INPUT
    })?;
    eprint!("{}", scenario.render_warnings(colour()));
    let backend = backend(args, &scenario.spec)?;
    let (threads, fetcher) = (args.machine.threads.map(usize::from), Fetcher::from_env(terminal_progress()));
    let plan = simulation.plan(&scenario.spec, args.seeds.as_ref(), threads, &backend, &fetcher).map_err(|error| {
        eprintln!("error: {error}");
        WRONG_INPUT
    })?;
    let out = out(args, &scenario.spec).display().to_string();
    let plan = format!("{plan}  output  {}\n", shown(&out));
    Ok(Planned { scenario, plan, backend })
}

/// The folder of the run, or of the runs of a sweep.
fn out(args: &RunArgs, spec: &ScenarioSpec) -> PathBuf {
    let default = || match args.seeds {
        Some(_) => PathBuf::from("runs"),
        None => RunDirectory::default_path(&spec.name, spec.seed),
    };
    args.out.clone().unwrap_or_else(default)
}

/// Opens what the scenario's model runs on; where that is not to be had, says so and returns the exit code.
fn backend(args: &RunArgs, spec: &ScenarioSpec) -> Result<Backend, u8> {
    let opened = open_backend(&args.machine)?;
    // Some things are the CPU's: `auto` goes there, a GPU that was named is refused by the run.
    let wanted = needs_model(spec) && !(cpu_only(spec).is_some() && args.machine.device == DeviceChoice::Auto);
    Ok(if wanted || opened.is_cpu() {
        opened
    } else {
        Backend::Cpu { precision: args.machine.precision.on_this_cpu() }
    })
}

/// The scenario with the command line's changes, or everything that is wrong with it.
fn checked(args: &RunArgs, simulation: &Simulation) -> Result<Scenario, String> {
    let path = args.scenario.as_ref().ok_or("error: which scenario? Say `sim --scenario FILE`\n")?;
    let mut overrides = args.set.clone();
    if args.seeds.is_some()
        && overrides.iter().any(|set| set.split('=').next().is_some_and(|path| path.trim() == "seed"))
    {
        return Err("error: --seeds takes the place of the scenario's seed; leave out `--set seed=…`\n".into());
    }
    overrides.extend(args.seed.map(|seed| format!("seed={seed}")));
    overrides.extend(args.ticks.map(|ticks| format!("ticks={ticks}")));
    load(path, &overrides, &simulation.known()).map_err(|errors| errors.render(colour()))
}

/// What the first Ctrl-C requests; the second ends the process at once.
pub(super) fn on_ctrl_c() -> Interrupt {
    let interrupt = Interrupt::default();
    let requested = interrupt.clone();
    let heed = move || {
        if requested.request() {
            std::process::exit(130);
        }
        eprintln!("\nstopping after this tick; Ctrl-C once more stops at once");
    };
    if let Err(error) = ctrlc::set_handler(heed) {
        eprintln!("note: Ctrl-C will stop the run at once, without a checkpoint: {error}");
    }
    interrupt
}

/// A bar with the tick, elapsed and remaining time on standard error; hidden where that is not a terminal.
pub(super) fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix}{msg:14} {bar:40} {percent:>3}%  {elapsed} elapsed, {eta} left")
        .expect("the template above is well formed");
    ProgressBar::new(0).with_style(style)
}
