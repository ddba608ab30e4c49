//! `sim --scenario FILE --seeds LIST`.

use super::run::{Planned, on_ctrl_c, planned, progress_bar};
use super::{DONE, FAILED, fail};
use crate::cli::RunArgs;
use crate::compare;
use crate::llm::fetch::{Fetcher, terminal_progress};
use crate::report;
use crate::run::sweep::{Event, Outcome, Seeds, Slot, State, Sweep};
use crate::run::{Manifest, RunOptions, Simulation};
use crate::world::Progress;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};

/// Columns of the table at the end: those that a single run ends with.
const COLUMNS: [&str; 5] =
    ["cooperation_rate", "illegal_rate", "payoff_mean", "regret_deontological", "regret_utilitarian"];

pub(super) fn execute(args: &RunArgs) -> u8 {
    let seeds = args.seeds.as_ref().expect("a sweep has seeds");
    match prepared(args, seeds) {
        Ok(Some(prepared)) => prepared.run(),
        Ok(None) => DONE,
        Err(code) => code,
    }
}

/// A sweep that nothing is in the way of.
struct Prepared {
    sweep: Sweep,
    simulation: Simulation,
    options: RunOptions,
}

/// Checks everything that can be checked before something slow starts; none after a dry run.
fn prepared(args: &RunArgs, seeds: &Seeds) -> Result<Option<Prepared>, u8> {
    let simulation = Simulation::new();
    let Planned { scenario, plan, backend } = planned(args, &simulation)?;
    let parent = args.out.clone().unwrap_or_else(|| PathBuf::from("runs"));
    let sweep = Sweep::survey(&scenario, seeds, &parent).map_err(fail)?;
    if args.dry_run {
        print!("{plan}");
        for (number, slot) in sweep.slots.iter().enumerate() {
            println!("{}: {}", place(&sweep, number), ahead(slot));
        }
        println!("The scenario is valid; nothing was run.");
        return Ok(None);
    }
    eprintln!("{plan}  device  {backend}\n");
    let options = RunOptions {
        out: None,
        threads: args.machine.threads.map(usize::from),
        backend,
        progress: Progress(progress_bar()),
        checkpoints: args.checkpoint.0,
        resume: false,
        interrupt: on_ctrl_c(),
    };
    Ok(Some(Prepared { sweep, simulation, options }))
}

impl Prepared {
    fn run(self) -> u8 {
        let Self { sweep, simulation, options } = self;
        let bar = options.progress.0.clone();
        let run = || {
            let model = sweep.model(&options, &Fetcher::from_env(terminal_progress())).map_err(fail)?;
            let lanes = sweep.lanes(options.threads, &simulation).map_err(fail)?;
            let watch = |event: &Event| tell(&sweep, event, &bar, lanes);
            Ok(sweep.run(&Simulation::new, lanes, &options, model.as_ref(), &watch))
        };
        let outcomes: Result<Vec<Outcome>, u8> = run();
        bar.finish_and_clear();
        match outcomes {
            Ok(outcomes) => conclude(&sweep, &outcomes),
            Err(code) => code,
        }
    }
}

/// Which seed this is.
fn place(sweep: &Sweep, number: usize) -> String {
    format!("seed {} ({} of {})", sweep.slots[number].seed, number + 1, sweep.slots.len())
}

/// What is going to happen to a seed.
fn ahead(slot: &Slot) -> String {
    let path = slot.path.display();
    match &slot.state {
        State::Fresh => format!("to be run in {path}"),
        State::Unfinished(manifest) => format!("to be run anew in {path}, {}", leftovers(manifest)),
        State::Done(_) => format!("done in {path}, to be skipped"),
    }
}

fn leftovers(manifest: &Manifest) -> String {
    let how = manifest.error.as_ref().map_or_else(|| "was cut off".into(), |error| format!("failed ({error})"));
    format!("in place of a run that {how}, whose files are removed")
}

/// Says what happened to a seed and keeps the bar up to date.
fn tell(sweep: &Sweep, event: &Event, bar: &ProgressBar, lanes: usize) {
    match event {
        Event::Started { number } => {
            if lanes == 1 {
                bar.set_prefix(format!("{} ", place(sweep, *number)));
            } else {
                // Seeds side by side: the bar counts those that are through.
                Progress(bar.clone()).start(sweep.slots.len() as u64);
            }
            let slot = &sweep.slots[*number];
            if let State::Unfinished(manifest) = &slot.state {
                let text = format!("run anew in {}, {}", slot.path.display(), leftovers(manifest));
                bar.suspend(|| eprintln!("{}: {text}", place(sweep, *number)));
            }
        }
        Event::Ended { number, outcome } => {
            let path = sweep.slots[*number].path.display();
            let text = match outcome {
                Outcome::Skipped(_) => format!("done before, skipped: {path}"),
                Outcome::Ran(finished) => format!("done in {:.1} s: {path}", finished.seconds),
                Outcome::Failed(error) => format!("error: {error}"),
            };
            bar.suspend(|| eprintln!("{}: {text}", place(sweep, *number)));
            if lanes > 1 {
                bar.inc(1);
            }
        }
    }
}

/// Draws the curves of every run, prints the table over seeds, and repeats what went wrong.
fn conclude(sweep: &Sweep, outcomes: &[Outcome]) -> u8 {
    let mut code = DONE;
    let mut done = Vec::new();
    for (number, (slot, outcome)) in sweep.slots.iter().zip(outcomes).enumerate() {
        let place = place(sweep, number);
        let halted = match outcome {
            Outcome::Skipped(halted) => halted,
            Outcome::Ran(finished) => &finished.halted,
            Outcome::Failed(error) => {
                code = fail(format!("{place}: {error}"));
                continue;
            }
        };
        for halted in halted {
            code = fail(format!(
                "{place}: agent {} stopped learning at tick {}: {}",
                halted.agent, halted.tick, halted.reason
            ));
        }
        done.push(slot.path.clone());
        if let Err(error) = draw(&slot.path, outcome) {
            code = fail(format!("{place}: {error}"));
        }
    }
    match table(&done) {
        Ok(table) => println!("\n{table}"),
        Err(error) => code = fail(error),
    }
    debug_assert!(code == DONE || code == FAILED, "{code}");
    code
}

/// Writes the report of a run, unless it was there before.
fn draw(folder: &Path, outcome: &Outcome) -> Result<(), report::ReportError> {
    let is_new = matches!(outcome, Outcome::Ran(_));
    if is_new || !folder.join(report::FILE).exists() {
        report::write(folder)?;
    }
    Ok(())
}

/// The last tick of `runs`, over seeds.
fn table(runs: &[PathBuf]) -> Result<String, compare::CompareError> {
    if runs.is_empty() {
        return Ok("No seed is done.".into());
    }
    let mut comparison = compare::compare(runs, 1)?;
    comparison.rows.retain(|row| row.table == compare::EVOLUTION && COLUMNS.contains(&row.column.as_str()));
    Ok(compare::text(&comparison))
}
