//! `sim sweep FILE --vary PATH=VALUES --seeds LIST`, and `sim FILE --seeds LIST`, which varies nothing else.

use super::cells::{Host, prepared, scenarios, seed};
use super::conclusion::{conclude, judged};
use super::design::{Keeper, design_table, runs, size};
use super::telling::{Teller, ahead, place};
use crate::cli::{EachArgs, Log, RunArgs, SweepArgs};
use crate::commands::input::machine::{device_word, model_fetcher, open_backend};
use crate::commands::input::scenario::ChangedFile;
use crate::commands::results::live::Logger;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::commands::terminal::progress::Display;
use crate::commands::terminal::signals::on_signal;
use crate::llm::engine::machine::Backend;
use crate::metrics::Columns;
use crate::run::cluster::id::{self, Hardware};
use crate::run::sweep::{Design, DesignKind, Event, Outcome, Seeds, Sweep, field};
use crate::run::{Extension, Factors, Prepared, RunError, Simulation};
use crate::scenario::load::Scenario;
use crate::text::shown;
use crate::transport::processes;
use std::path::{Path, PathBuf};

/// The runs that the command line asks for.
pub(in crate::commands) struct Order<'a> {
    each: &'a EachArgs,
    seeds: Option<&'a Seeds>,
    /// The folder that holds those of the runs.
    out: Option<&'a PathBuf>,
    log: Option<Log>,
    design: Design,
    design_seed: Option<u64>,
    /// Bytes of memory to count on.
    memory: Option<u64>,
    /// Whether others start the runs.
    is_elsewhere: bool,
    /// The id of the only run, if another program has started this one for it.
    task: Option<&'a str>,
}

impl<'a> Order<'a> {
    /// Several seeds of one scenario.
    pub(in crate::commands) fn seeds(args: &'a RunArgs) -> Self {
        let RunArgs { each, seeds, out, log, .. } = args;
        Self {
            each,
            seeds: seeds.as_ref(),
            out: out.as_ref(),
            log: *log,
            design: Design::plain(),
            design_seed: None,
            memory: None,
            is_elsewhere: false,
            task: None,
        }
    }

    /// A design.
    pub(in crate::commands) fn of(args: &'a SweepArgs) -> Self {
        let SweepArgs { each, seeds, out, log, cluster, .. } = args;
        Self {
            each,
            seeds: seeds.as_ref(),
            out: out.as_ref(),
            log: *log,
            design: Design { factors: args.vary.clone(), kind: args.design, samples: args.samples },
            design_seed: args.design_seed,
            memory: cluster.memory,
            is_elsewhere: cluster.is_elsewhere(),
            task: cluster.task.as_deref(),
        }
    }

    /// The machine that the runs are to be prepared for; if it is this one and cannot be used, says so and returns the
    /// exit code.
    fn host(&self) -> Result<Host, u8> {
        let machine = &self.each.machine;
        let threads = machine.threads.map(usize::from);
        if !self.is_elsewhere {
            return Ok(Host { backend: open_backend(machine)?, memory: self.memory, threads });
        }
        // What is free here, and which devices there are, says nothing of the machines that the runs will have.
        let backend = Backend::Cpu { precision: machine.precision.on_this_cpu() };
        Ok(Host { backend, memory: Some(self.memory.unwrap_or(u64::MAX)), threads: threads.or(Some(1)) })
    }

    /// The machine as the command line asks for it.
    pub(super) fn machine(&self) -> Hardware {
        let machine = &self.each.machine;
        Hardware([&device_word(machine.device), machine.precision.name()].join(" "))
    }
}

pub(in crate::commands) fn execute(order: &Order, extend: Extension) -> u8 {
    let ranks = processes();
    if ranks > 1 {
        let what = "each would play all runs of the sweep; --emit writes what deals them out";
        return refuse(RunError::OneRankOnly { ranks, what });
    }
    match surveyed(order, extend) {
        Ok(Some((sweep, display))) => run(&sweep, &display, order, extend),
        Ok(None) => DONE,
        Err(code) => code,
    }
}

/// Checks everything that can be checked before something slow starts, and says what is going to happen; `None` if
/// nothing more was asked for.
fn surveyed(order: &Order, extend: Extension) -> Result<Option<(Sweep, Display)>, u8> {
    let ManyRuns { prepared, seeds, parent, plan } = planned(order, &Simulation::extended(extend))?;
    let mut sweep = Sweep::survey(prepared, &seeds, &parent).map_err(fail)?;
    let is_design = !order.design.factors.is_empty();
    if order.each.dry_run {
        out!("{}", plan.trim_end());
        match is_design {
            true => out!("\n{}", design_table(&sweep)),
            false => (0..sweep.slots.len())
                .for_each(|number| out!("{}: {}", place(&sweep, number), ahead(&sweep.slots[number]))),
        }
        out!("The scenario is valid; nothing was run.");
        return Ok(None);
    }
    match order.task {
        Some(task) => check_task(&sweep, task, &order.machine())?,
        None => err!("{plan}  device  {}\n", sweep.cells[0].backend()),
    }
    let display = Display::new();
    sweep.show(&display.progress(), &display.watch());
    sweep.heed(&on_signal());
    Ok(Some((sweep, display)))
}

/// Makes sure that the only run is that of `task`; if it is not, says why and returns the exit code.
fn check_task(sweep: &Sweep, task: &str, machine: &Hardware) -> Result<(), u8> {
    let [slot] = &sweep.slots[..] else {
        let runs = sweep.slots.len();
        return Err(refuse(format!(
            "--task is the id of one run, and there are {runs}: write one seed and one value of each --vary"
        )));
    };
    let (id, _) = id::of(&sweep.cells[slot.cell], slot.seed, machine);
    if id == task {
        return Ok(());
    }
    Err(refuse(format!(
        "this is the run {id}, and the command is that of {task}: the scenario, a file that it names, the device or sim \
         itself has changed since the command was written. Put back what it was, or write the sweep again with --emit"
    )))
}

/// Cells and seeds, and where their runs go.
pub(super) struct ManyRuns {
    pub(super) prepared: Vec<Prepared>,
    pub(super) seeds: Seeds,
    pub(super) parent: PathBuf,
    pub(super) plan: String,
}

/// Checks and prepares every cell; if something is wrong, says what and returns the exit code.
pub(super) fn planned(order: &Order, simulation: &Simulation) -> Result<ManyRuns, u8> {
    let Order { each, design, .. } = order;
    let set = ChangedFile::of(each).set;
    let is_set = |path: &str| set.iter().any(|set| set.split('=').next().is_some_and(|known| field(known) == path));
    if order.seeds.is_some() && is_set("seed") {
        return Err(refuse("--seeds takes the place of the scenario's seed; leave out `--set seed=…`"));
    }
    if let Some(factor) = design.factors.iter().find(|factor| is_set(factor.field())) {
        return Err(refuse(format!("`{}` is both set and varied; leave out one of the two", factor.field())));
    }
    let cells = cells(order, simulation)?;
    let scenarios = scenarios(each, design, &cells, simulation)?;
    let Scenario { spec, .. } = &scenarios[0];
    let seeds = order.seeds.cloned().unwrap_or_else(|| Seeds::one(spec.seed));
    let is_plain = design.factors.is_empty() && !order.is_elsewhere;
    let default = if is_plain { PathBuf::from("runs") } else { Path::new("runs").join(&spec.name) };
    let parent = order.out.cloned().unwrap_or(default);
    let prepared = prepared(each, &order.host()?, &cells, &scenarios, simulation)?;
    let mut plan = format!("{}  output  {}\n", prepared[0].plan(Some(&seeds)), shown(&parent.display().to_string()));
    for factor in &design.factors {
        plan += &format!("  varied  {}\n", shown(&factor.to_string()));
    }
    if !design.factors.is_empty() {
        plan += &format!("  design  {}\n", size(design, cells.len(), &seeds));
    }
    Ok(ManyRuns { prepared, seeds, parent, plan })
}

/// The cells of the design. Their number is told at once, since checking many takes a while.
fn cells(order: &Order, simulation: &Simulation) -> Result<Vec<Factors>, u8> {
    let Order { each, design, design_seed, .. } = order;
    let seeds = order.seeds.map_or(1, |seeds| seeds.all().len() as u64);
    if design_seed.is_some() && design.kind != DesignKind::Latin {
        return Err(refuse("--design-seed is the seed of the draws of --design latin; other designs draw nothing"));
    }
    let needs_seed = design.kind == DesignKind::Latin && design_seed.is_none();
    let drawn_from = match design_seed {
        Some(seed) => *seed,
        None if needs_seed => seed(each, simulation)?,
        None => 0,
    };
    let cells = design.cells(seeds, drawn_from).map_err(refuse)?;
    if cells.len() > 1 {
        err!("{}", runs(cells.len(), seeds as usize));
    }
    Ok(cells)
}

/// Runs everything that is not done, group by group.
fn run(sweep: &Sweep, display: &Display, order: &Order, extend: Extension) -> u8 {
    let is_task = order.task.is_some();
    let keeper = match if is_task { Ok(Keeper::none()) } else { Keeper::new(sweep) } {
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
                    code = display.bar.suspend(|| fail(error));
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
        // The next group counts from the start.
        display.bar.set_position(0);
    }
    display.bar.finish_and_clear();
    if outcomes.iter().all(Option::is_none) {
        return code;
    }
    let kept = keeper.close().map_or_else(fail, |()| DONE);
    let (concluded, done) = judged(sweep, &outcomes);
    let concluded = if is_task { concluded } else { conclude(sweep, &outcomes, &done, concluded) };
    let logged = order.log.map_or(DONE, |Log::Tensorboard| write_events(sweep, &outcomes, extend));
    [concluded, kept, logged, code].into_iter().find(|code| *code != DONE).unwrap_or(DONE)
}

/// Writes the event files of every run that is done.
fn write_events(sweep: &Sweep, outcomes: &[Option<Outcome>], extend: Extension) -> u8 {
    let simulation = Simulation::extended(extend);
    let added = simulation.app.world().resource::<Columns>();
    let is_done = |outcome: &Option<Outcome>| matches!(outcome, Some(Outcome::Ran(_) | Outcome::Skipped(_)));
    let done = sweep.slots.iter().zip(outcomes).filter(|(_, outcome)| is_done(outcome));
    done.map(|(slot, _)| Logger::new(&slot.path, added).finish()).max().unwrap_or(DONE)
}
