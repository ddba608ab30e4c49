//! `sim sweep FILE --vary PATH=VALUES --seeds LIST`, and `sim FILE --seeds LIST`, which varies nothing else.

use super::cells::{prepared, scenarios};
use super::exit::{DONE, INTERRUPTED};
use super::machine::model_fetcher;
use super::print::{err, fail, out, refuse};
use super::progress::Display;
use super::run::overrides;
use super::signals::on_signal;
use super::table::{Align, table};
use crate::cli::{RunArgs, SweepArgs};
use crate::compare;
use crate::metrics::is_built_in;
use crate::report;
use crate::run::sweep::{Design, Event, Group, Obstacles, Outcome, Register, Seeds, Slot, State, Sweep, labels};
use crate::run::{Extension, Factors, Manifest, Pace, Prepared, RunError, Simulation, Status};
use crate::scenario::load::Scenario;
use crate::text::shown;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Columns of the table at the end: those that a single run ends with.
const COLUMNS: [&str; 5] =
    ["cooperation_rate", "illegal_rate", "payoff_mean", "regret_deontological", "regret_utilitarian"];
/// Least time between two writings of the register of a design.
const REGISTERED: Duration = Duration::from_secs(2);

/// The runs that the command line asks for.
pub(super) struct Asked<'a> {
    run: &'a RunArgs,
    design: Design,
    design_seed: Option<u64>,
}

impl<'a> Asked<'a> {
    /// Several seeds of one scenario.
    pub(super) fn seeds(run: &'a RunArgs) -> Self {
        Self { run, design: Design::plain(), design_seed: None }
    }

    /// A design.
    pub(super) fn of(args: &'a SweepArgs) -> Self {
        let design = Design { factors: args.vary.clone(), kind: args.design, samples: args.samples };
        Self { run: &args.run, design, design_seed: args.design_seed }
    }
}

pub(super) fn execute(asked: &Asked, extend: Extension) -> u8 {
    match surveyed(asked, extend) {
        Ok(Some((sweep, display))) => run(&sweep, &display, extend),
        Ok(None) => DONE,
        Err(code) => code,
    }
}

/// Checks everything that can be checked before something slow starts, and says what is going to happen; `None` if
/// nothing more was asked for.
fn surveyed(asked: &Asked, extend: Extension) -> Result<Option<(Sweep, Display)>, u8> {
    let Planned { prepared, seeds, parent, plan } = planned(asked, &Simulation::extended(extend))?;
    let mut sweep = Sweep::survey(prepared, &seeds, &parent).map_err(|obstacles: Obstacles| fail(obstacles))?;
    let is_design = !asked.design.factors.is_empty();
    if asked.run.dry_run {
        out!("{}", plan.trim_end());
        match is_design {
            true => out!("\n{}", design_table(&sweep)),
            false => (0..sweep.slots.len())
                .for_each(|number| out!("{}: {}", place(&sweep, number), ahead(&sweep.slots[number]))),
        }
        out!("The scenario is valid; nothing was run.");
        return Ok(None);
    }
    err!("{plan}  device  {}\n", sweep.cells[0].backend());
    let display = Display::new();
    sweep.show(&display.progress(), &display.watch());
    sweep.heed(&on_signal());
    Ok(Some((sweep, display)))
}

/// Cells and seeds, and where their runs go.
struct Planned {
    prepared: Vec<Prepared>,
    seeds: Seeds,
    parent: PathBuf,
    plan: String,
}

/// Checks and prepares every cell; if something is wrong, says what and returns the exit code.
fn planned(asked: &Asked, simulation: &Simulation) -> Result<Planned, u8> {
    let Asked { run: args, design, .. } = asked;
    let set = overrides(args);
    let is_set = |path: &str| set.iter().any(|set| set.split('=').next().is_some_and(|known| known.trim() == path));
    if args.seeds.is_some() && is_set("seed") {
        return Err(refuse("--seeds takes the place of the scenario's seed; leave out `--set seed=…`"));
    }
    if let Some(factor) = design.factors.iter().find(|factor| is_set(&factor.path)) {
        return Err(refuse(format!("`{}` is both set and varied; leave out one of the two", factor.path)));
    }
    let cells = cells(asked, simulation)?;
    let scenarios = scenarios(args, &cells, simulation)?;
    let Scenario { spec, .. } = &scenarios[0];
    let seeds = args.seeds.clone().unwrap_or_else(|| Seeds::one(spec.seed));
    let default = if design.factors.is_empty() { PathBuf::from("runs") } else { Path::new("runs").join(&spec.name) };
    let parent = args.out.clone().unwrap_or(default);
    let prepared = prepared(args, &cells, &scenarios, simulation)?;
    let mut plan = format!("{}  output  {}\n", prepared[0].plan(Some(&seeds)), shown(&parent.display().to_string()));
    for factor in &design.factors {
        plan += &format!("  varied  {}\n", shown(&factor.to_string()));
    }
    if !design.factors.is_empty() {
        plan += &format!("  design  {}\n", size(design, cells.len(), &seeds));
    }
    Ok(Planned { prepared, seeds, parent, plan })
}

/// The cells of the design. Their number is told at once, since checking many takes a while.
fn cells(asked: &Asked, simulation: &Simulation) -> Result<Vec<Factors>, u8> {
    let Asked { run: args, design, design_seed } = asked;
    let seeds = args.seeds.as_ref().map_or(1, |seeds| seeds.all().len() as u64);
    let needs_seed = design.kind == crate::run::sweep::DesignKind::Latin && design_seed.is_none();
    let seed = match design_seed {
        Some(seed) => *seed,
        None if needs_seed => scenarios(args, &[Factors::default()], simulation)?[0].spec.seed,
        None => 0,
    };
    let cells = design.cells(seeds, seed).map_err(refuse)?;
    if cells.len() > 1 {
        err!("{} cells × {seeds} seeds: {} runs", cells.len(), cells.len() as u64 * seeds);
    }
    Ok(cells)
}

/// How large the design is.
fn size(design: &Design, cells: usize, seeds: &Seeds) -> String {
    let seeds = seeds.all().len();
    format!("{}: {cells} cells × {seeds} seeds = {} runs; the first cell is shown above", design.kind, cells * seeds)
}

/// Every run of a design, and what is done already.
fn design_table(sweep: &Sweep) -> String {
    let labels = factor_labels(sweep);
    let mut heads: Vec<(&str, Align)> = labels.iter().map(|label| (label.as_str(), Align::Left)).collect();
    heads.extend([("seed", Align::Right), ("state", Align::Left), ("folder", Align::Tail)]);
    let row = |number: usize| {
        let slot = &sweep.slots[number];
        let state = match &slot.state {
            State::Fresh => "to be run".to_owned(),
            State::Unfinished(_) => format!("to be {}", if slot.resumes() { "resumed" } else { "restarted" }),
            State::Done(_) => "done".to_owned(),
        };
        let folder = slot.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let values = sweep.factors(number).0.iter().map(|(_, value)| value.clone());
        values.chain([slot.seed.to_string(), state, folder]).collect()
    };
    let rows: Vec<Vec<String>> = (0..sweep.slots.len()).map(row).collect();
    let done = sweep.slots.iter().filter(|slot| slot.is_done()).count();
    format!("{}{done} of {} runs are done.", table(&heads, &rows), sweep.slots.len())
}

/// Short words for what is varied.
fn factor_labels(sweep: &Sweep) -> Vec<String> {
    let paths: Vec<&str> = sweep.factors(0).0.iter().map(|(path, _)| path.as_str()).collect();
    labels(&paths)
}

/// Runs everything that is not done, group by group.
fn run(sweep: &Sweep, display: &Display, extend: Extension) -> u8 {
    let keeper = match Keeper::new(sweep) {
        Ok(keeper) => keeper,
        Err(error) => return fail(error),
    };
    let mut outcomes: Vec<Option<Outcome>> = sweep.slots.iter().map(|_| None).collect();
    let mut code = DONE;
    for group in sweep.groups() {
        let ready = match sweep.is_interrupted() {
            true => None,
            false => match sweep.load(&group, &model_fetcher()) {
                Ok(ready) => ready,
                Err(error) => {
                    display.bar.finish_and_clear();
                    code = fail(error);
                    continue;
                }
            },
        };
        let lanes = sweep.lanes(&group);
        let teller = Teller::new(sweep, display, &group, lanes);
        let watch = |event: &Event| {
            teller.tell(event);
            keeper.note(event);
        };
        for (number, outcome) in sweep.run(&group, &|| Simulation::extended(extend), lanes, ready.as_deref(), &watch) {
            outcomes[number] = Some(outcome);
        }
        display.bar.finish_and_clear();
    }
    if outcomes.iter().all(Option::is_none) {
        return code;
    }
    let kept = keeper.close().map_or_else(fail, |()| DONE);
    let concluded = conclude(sweep, &outcomes);
    [concluded, kept, code].into_iter().find(|code| *code != DONE).unwrap_or(DONE)
}

/// Keeps the register of a design; of a sweep that varies nothing, none.
struct Keeper(Option<Mutex<(Register, Instant)>>);

impl Keeper {
    fn new(sweep: &Sweep) -> Result<Self, RunError> {
        if sweep.factors(0).is_empty() {
            return Ok(Self(None));
        }
        let register = Register::of(sweep)?;
        register.write()?;
        Ok(Self(Some(Mutex::new((register, Instant::now())))))
    }

    fn note(&self, event: &Event) {
        let Some(kept) = &self.0 else { return };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { number } => kept.0.begin(*number),
            Event::Ended { number, outcome } => kept.0.end(*number, outcome),
        }
        if kept.1.elapsed() >= REGISTERED {
            // If it cannot be written now, it is written at the end, or that fails and is told.
            let _ = kept.0.write();
            kept.1 = Instant::now();
        }
    }

    fn close(&self) -> Result<(), RunError> {
        let Some(kept) = &self.0 else { return Ok(()) };
        kept.lock().unwrap_or_else(PoisonError::into_inner).0.write()
    }
}

/// Which run this is.
fn place(sweep: &Sweep, number: usize) -> String {
    let factors = sweep.factors(number);
    let cell = if factors.is_empty() { String::new() } else { format!("{}, ", shown(&factors.to_string())) };
    format!("{cell}seed {} ({} of {})", sweep.slots[number].seed, number + 1, sweep.slots.len())
}

/// What is going to happen to a run.
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

/// Says what happens to runs, and keeps the display up to date.
struct Teller<'a> {
    sweep: &'a Sweep,
    display: &'a Display,
    /// Number of runs of the group.
    runs: usize,
    /// Runs that have ended, if they go side by side; `None`: the display counts the ticks of a single one.
    ended: Option<Mutex<Pace>>,
}

impl<'a> Teller<'a> {
    fn new(sweep: &'a Sweep, display: &'a Display, group: &Group, lanes: usize) -> Self {
        let runs = sweep.runs(group);
        let ended = (lanes > 1).then(|| Mutex::new(Pace::new(0, runs as u32)));
        Self { sweep, display, runs, ended }
    }

    fn tell(&self, event: &Event) {
        match event {
            Event::Started { number } => {
                match self.ended {
                    None => self.display.bar.set_prefix(format!("{} ", place(self.sweep, *number))),
                    Some(_) => self.display.progress().start(self.runs as u64),
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
                if let Some(ended) = &self.ended {
                    let mut pace = ended.lock().unwrap_or_else(PoisonError::into_inner);
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
fn conclude(sweep: &Sweep, outcomes: &[Option<Outcome>]) -> u8 {
    let (mut code, mut is_interrupted) = (DONE, false);
    let mut done = Vec::new();
    for (number, (slot, outcome)) in sweep.slots.iter().zip(outcomes).enumerate() {
        let place = place(sweep, number);
        let halted = match outcome {
            // Its model could not be loaded, which has been said.
            None => continue,
            Some(Outcome::Skipped(halted)) => halted,
            Some(Outcome::Ran(finished)) => &finished.halted,
            Some(Outcome::Failed(error)) => {
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
        done.push(number);
        if let Err(error) = draw(&slot.path, matches!(outcome, Some(Outcome::Ran(_)))) {
            code = fail(format!("{place}: {error}"));
        }
    }
    let table = match sweep.factors(0).is_empty() {
        true => seeds_table(&done.iter().map(|&number| sweep.slots[number].path.clone()).collect::<Vec<_>>()),
        false => cells_table(sweep, &done),
    };
    match table {
        Ok(table) => out!("\n{table}"),
        Err(error) => code = fail(error),
    }
    if is_interrupted { INTERRUPTED } else { code }
}

/// Writes the report of a run, unless it was already there.
fn draw(folder: &Path, is_new: bool) -> Result<(), report::ReportError> {
    if is_new || !folder.join(report::FILE).exists() {
        report::write(folder, is_built_in)?;
    }
    Ok(())
}

/// The last tick of `runs`, over seeds.
fn seeds_table(runs: &[PathBuf]) -> Result<String, compare::CompareError> {
    if runs.is_empty() {
        return Ok("No seed is done.".into());
    }
    let mut comparison = compare::compare(runs, 1)?;
    comparison.rows.retain(|row| row.table == compare::EVOLUTION && COLUMNS.contains(&row.column.as_str()));
    Ok(compare::text(&comparison))
}

/// What is shown of each cell: columns of the table of all agents together.
const OF_CELLS: [&str; 2] = ["cooperation_rate", "collective_payoff"];

/// The last tick of every cell, over the seeds that are done.
fn cells_table(sweep: &Sweep, done: &[usize]) -> Result<String, compare::CompareError> {
    if done.is_empty() {
        return Ok("No run is done.".into());
    }
    let labels = factor_labels(sweep);
    let mut heads: Vec<(&str, Align)> = labels.iter().map(|label| (label.as_str(), Align::Left)).collect();
    heads.extend([("seeds", Align::Right), ("cooperation", Align::Right), ("collective payoff", Align::Right)]);
    let mut rows = Vec::new();
    for runs in done.chunk_by(|a, b| sweep.slots[*a].cell == sweep.slots[*b].cell) {
        let folders: Vec<PathBuf> = runs.iter().map(|&number| sweep.slots[number].path.clone()).collect();
        let comparison = compare::compare(&folders, 1)?;
        let estimate = |column: &str| {
            let row = comparison.rows.iter().find(|row| row.table == compare::OUTCOMES && row.column == column);
            row.map_or_else(|| "-".to_owned(), |row| estimate(&row.estimate))
        };
        let values = sweep.factors(runs[0]).0.iter().map(|(_, value)| value.clone());
        rows.push(values.chain([runs.len().to_string()]).chain(OF_CELLS.map(estimate)).collect::<Vec<String>>());
    }
    let folder = shown(&sweep.parent.display().to_string()).into_owned();
    Ok(format!(
        "{}Last tick: mean over seeds ± half of the 95 % interval. Runs: {folder}/design.csv",
        table(&heads, &rows)
    ))
}

/// A mean and half its interval, as far as they exist.
fn estimate(estimate: &compare::Estimate) -> String {
    match (estimate.mean.is_nan(), estimate.half_width.is_nan()) {
        (true, _) => "-".to_owned(),
        (false, true) => format!("{:.3}", estimate.mean),
        (false, false) => format!("{:.3} ± {:.3}", estimate.mean, estimate.half_width),
    }
}
