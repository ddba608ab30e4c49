//! `sim --scenario FILE --seeds LIST`.

use super::exit::{DONE, INTERRUPTED};
use super::machine::model_fetcher;
use super::print::fail;
use super::print::{err, out};
use super::progress::Display;
use super::report::WORDS;
use super::run::{Planned, planned};
use super::signals::on_signal;
use crate::cli::RunArgs;
use crate::compare;

use crate::report;
use crate::run::sweep::{Event, Outcome, Seeds, Slot, State, Sweep};
use crate::run::{Extension, Manifest, Pace, RunError, Simulation, Status};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Columns of the table at the end: those that a single run ends with.
const COLUMNS: [&str; 5] =
    ["cooperation_rate", "illegal_rate", "payoff_mean", "regret_deontological", "regret_utilitarian"];

pub(super) fn execute(args: &RunArgs, extend: Extension) -> u8 {
    let seeds = args.seeds.as_ref().expect("a sweep has seeds");
    match surveyed(args, seeds, extend) {
        Ok(Some((sweep, display))) => run(&sweep, &display, extend),
        Ok(None) => DONE,
        Err(code) => code,
    }
}

/// Checks everything that can be checked before something slow starts, and says what is going to happen; `None` if
/// nothing more was asked for.
fn surveyed(args: &RunArgs, seeds: &Seeds, extend: Extension) -> Result<Option<(Sweep, Display)>, u8> {
    let Planned { prepared, plan, out } = planned(args, &Simulation::extended(extend))?;
    let mut sweep = Sweep::survey(prepared, seeds, &out).map_err(fail)?;
    if args.dry_run {
        out!("{}", plan.trim_end());
        for (number, slot) in sweep.slots.iter().enumerate() {
            out!("{}: {}", place(&sweep, number), ahead(slot));
        }
        out!("The scenario is valid; nothing was run.");
        return Ok(None);
    }
    err!("{plan}  device  {}\n", sweep.prepared.backend());
    let display = Display::new();
    sweep.prepared.show(display.progress(), display.watch());
    sweep.prepared.heed(on_signal());
    Ok(Some((sweep, display)))
}

/// Runs every seed that is not done.
fn run(sweep: &Sweep, display: &Display, extend: Extension) -> u8 {
    let ready = match sweep.load(&model_fetcher()).map_err(fail) {
        Ok(ready) => ready,
        Err(code) => {
            display.bar.finish_and_clear();
            return code;
        }
    };
    let lanes = sweep.lanes();
    let teller = Teller::new(sweep, display, lanes);
    let outcomes = sweep.run(&|| Simulation::extended(extend), lanes, ready.as_ref(), &|event| teller.tell(event));
    display.bar.finish_and_clear();
    conclude(sweep, &outcomes)
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
        State::Unfinished(manifest) => format!("to be {} in {path}, {}", again(slot), leftovers(slot, manifest)),
        State::Done(_) => format!("done in {path}, to be skipped"),
    }
}

/// How an unfinished run is continued.
fn again(slot: &Slot) -> &'static str {
    if slot.resumes() { "resumed from its last checkpoint" } else { "restarted" }
}

/// What there is of an unfinished run.
fn leftovers(slot: &Slot, manifest: &Manifest) -> String {
    let how = match (manifest.status, &manifest.error) {
        (Status::Interrupted, _) => "was interrupted".into(),
        (_, Some(error)) => format!("failed ({error})"),
        (_, None) => "was cut off".into(),
    };
    match slot.resumes() {
        true => format!("where the run {how}"),
        false => format!("in place of a run that {how}, whose files are removed"),
    }
}

/// Says what happens to seeds, and keeps the display up to date.
struct Teller<'a> {
    sweep: &'a Sweep,
    display: &'a Display,
    /// Seeds that have ended, if seeds run side by side; `None`: the display counts the ticks of a single one.
    seeds: Option<Mutex<Pace>>,
}

impl<'a> Teller<'a> {
    fn new(sweep: &'a Sweep, display: &'a Display, lanes: usize) -> Self {
        let seeds = (lanes > 1).then(|| Mutex::new(Pace::new(0, sweep.slots.len() as u32)));
        Self { sweep, display, seeds }
    }

    fn tell(&self, event: &Event) {
        match event {
            Event::Started { number } => {
                match self.seeds {
                    None => self.display.bar.set_prefix(format!("{} ", place(self.sweep, *number))),
                    Some(_) => self.display.progress().start(self.sweep.slots.len() as u64),
                }
                let slot = &self.sweep.slots[*number];
                if let State::Unfinished(manifest) = &slot.state {
                    self.say(
                        *number,
                        &format!("{} in {}, {}", again(slot), slot.path.display(), leftovers(slot, manifest)),
                    );
                }
            }
            Event::Ended { number, outcome } => {
                let path = self.sweep.slots[*number].path.display();
                let text = match outcome {
                    Outcome::Skipped(_) => format!("done before, skipped: {path}"),
                    Outcome::Ran(finished) => format!("done in {:.1} s: {path}", finished.seconds),
                    Outcome::Failed(error) => format!("error: {error}"),
                };
                self.say(*number, &text);
                if let Some(seeds) = &self.seeds {
                    let mut pace = seeds.lock().unwrap_or_else(PoisonError::into_inner);
                    pace.pass();
                    self.display.bar.inc(1);
                    self.display.time_left(&pace);
                }
            }
        }
    }

    fn say(&self, number: usize, text: &str) {
        self.display.bar.suspend(|| err!("{}: {text}", place(self.sweep, number)));
    }
}

/// Draws the curves of every run, prints the table over seeds, and repeats what went wrong.
fn conclude(sweep: &Sweep, outcomes: &[Outcome]) -> u8 {
    let (mut code, mut is_interrupted) = (DONE, false);
    let mut done = Vec::new();
    for (number, (slot, outcome)) in sweep.slots.iter().zip(outcomes).enumerate() {
        let place = place(sweep, number);
        let halted = match outcome {
            Outcome::Skipped(halted) => halted,
            Outcome::Ran(finished) => &finished.halted,
            Outcome::Failed(error) => {
                let failed = fail(format!("{place}: {error}"));
                is_interrupted |= matches!(error, RunError::Interrupted { .. });
                code = failed;
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
        Ok(table) => out!("\n{table}"),
        Err(error) => code = fail(error),
    }
    if let Some(page) = page(sweep, &done) {
        match report::write_many(&done, &page, WORDS) {
            Ok(_) => out!("\nCurves over seeds: {}", page.display()),
            Err(error) => code = fail(error),
        }
    }
    if is_interrupted { INTERRUPTED } else { code }
}

/// Writes the report of a run, unless it was already there.
fn draw(folder: &Path, outcome: &Outcome) -> Result<(), report::ReportError> {
    let is_new = matches!(outcome, Outcome::Ran(_));
    if is_new || !folder.join(report::FILE).exists() {
        report::write(folder, WORDS)?;
    }
    Ok(())
}

/// The page about all seeds, beside their folders: the folder may hold other scenarios, so that it has the name of this
/// one. `None` if no seed is done.
fn page(sweep: &Sweep, done: &[PathBuf]) -> Option<PathBuf> {
    let parent = done.first()?.parent()?;
    Some(parent.join(format!("{}.html", sweep.prepared.spec().name)))
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
