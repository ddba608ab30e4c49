//! `--validate`: everything that can be checked of every run before any of them begins, on a machine that runs none.

use super::known::{Check, Found, forecast, largest, models, peak};
use crate::cli::SweepArgs;
use crate::commands::terminal::exit::{DONE, FAILED};
use crate::commands::terminal::print::{err, out};
use crate::commands::terminal::time;
use crate::host::readable;
use crate::run::sweep::{RUNS_MAX, State, Sweep};
use crate::run::{Forecast, Prepared};
use crate::scenario::size::extent::{Extent, tables};
use crate::scenario::spawn::asks_servers;
use crate::text::{counted, shown, wrapped};
use std::fs::TryLockError;
use std::io::Write;
use std::path::Path;

/// Prints what was checked; the exit code says whether all is well.
pub(super) fn validate(args: &SweepArgs, sweep: &Sweep) -> u8 {
    let mut checks = vec![runs(sweep), scenario(sweep)];
    checks.extend(models(sweep));
    checks.extend(servers(sweep));
    checks.extend([memory(args, sweep), running_time(args, sweep), sizes(sweep), folder(&sweep.parent), there(sweep)]);
    for (name, found, text) in &checks {
        let word = match found {
            Found::Fine => "ok",
            Found::Note => "note",
            Found::Problem => "PROBLEM",
        };
        let line = format!("{name:<9} {word:<8} {}", shown(text));
        wrapped(&line, &" ".repeat(19)).iter().for_each(|line| out!("{line}"));
    }
    match checks.iter().filter(|(_, found, _)| *found == Found::Problem).count() {
        0 => {
            out!("Nothing was run. What starts the runs is written with --emit list, slurm or k8s.");
            DONE
        }
        problems => {
            err!("error: {}; nothing was run", counted(problems, "problem"));
            FAILED
        }
    }
}

fn runs(sweep: &Sweep) -> Check {
    let (cells, runs) = (sweep.cells.len(), sweep.slots.len());
    let seeds = runs / cells.max(1);
    let text = format!(
        "{} × {} = {}, of at most {RUNS_MAX}",
        counted(cells, "cell"),
        counted(seeds, "seed"),
        counted(runs, "run")
    );
    ("runs", Found::Fine, text)
}

/// Whatever is wrong in one has been told before, and has ended the command.
fn scenario(sweep: &Sweep) -> Check {
    let name = &sweep.cells[0].spec().name;
    ("scenario", Found::Fine, format!("`{name}` is valid in {}", counted(sweep.cells.len(), "cell")))
}

/// Servers are not asked before the runs begin.
fn servers(sweep: &Sweep) -> Option<Check> {
    let asking = sweep.cells.iter().filter(|cell| asks_servers(cell.spec())).count();
    let text = || format!("play in {}; they were not asked, and the nodes must reach them", counted(asking, "cell"));
    (asking > 0).then(|| ("servers", Found::Note, text()))
}

/// Whether the largest run fits into the memory that is asked for.
fn memory(args: &SweepArgs, sweep: &Sweep) -> Check {
    let peak = peak(sweep);
    match (peak, args.cluster.memory) {
        (None, _) => ("memory", Found::Note, "not known before the model is here".into()),
        (Some(peak), Some(asked)) if peak > asked => {
            let text = format!(
                "the largest run takes about {}, more than the {} of --memory; ask for more",
                readable(peak),
                readable(asked)
            );
            ("memory", Found::Problem, text)
        }
        (Some(peak), Some(asked)) => {
            let text = format!("the largest run takes about {} of the {} of --memory", readable(peak), readable(asked));
            ("memory", Found::Fine, text)
        }
        (Some(peak), None) => (
            "memory",
            Found::Fine,
            format!("the largest run takes about {}, besides the program itself", readable(peak)),
        ),
    }
}

fn running_time(args: &SweepArgs, sweep: &Sweep) -> Check {
    let cell = largest(sweep);
    let ticks = f64::from(cell.spec().ticks);
    let threads = counted(args.each.machine.threads.unwrap_or(1), "thread");
    let text = match forecast(args, cell) {
        Forecast::Measured(seconds) => {
            format!("about {} for the largest run on {threads} of this machine", time::fine(seconds * ticks))
        }
        Forecast::AtLeast(seconds) => {
            format!("at least {} for the largest run on {threads} of this machine", time::fine(seconds * ticks))
        }
        Forecast::Unknown => return ("time", Found::Note, "not known before the first tick is played".into()),
    };
    ("time", Found::Fine, text)
}

/// What all runs together will write.
fn sizes(sweep: &Sweep) -> Check {
    let seeds = (sweep.slots.len() / sweep.cells.len().max(1)) as u64;
    let of_a_cell = |cell: &Prepared| {
        let spec = cell.spec();
        let extent = Extent::of(spec, cell.rules().game.seats(), cell.matchmaker());
        tables(spec, &extent).iter().map(|table| table.bytes).fold(0, u64::saturating_add).saturating_mul(seeds)
    };
    let bytes = sweep.cells.iter().map(of_a_cell).fold(0, u64::saturating_add);
    ("tables", Found::Fine, format!("about {} in all", readable(bytes)))
}

/// Whether runs can be written into `parent`, or into the folder that it would be made in, and hold locks there.
fn folder(parent: &Path) -> Check {
    let nearest = parent.ancestors().find(|path| path.exists()).filter(|path| !path.as_os_str().is_empty());
    let nearest = nearest.unwrap_or(Path::new("."));
    let probe = || {
        let mut file = tempfile::Builder::new().prefix(".sim-").tempfile_in(nearest)?;
        file.write_all(b"sim")?;
        file.as_file().sync_all()?;
        Ok::<_, std::io::Error>(file.as_file().try_lock())
    };
    let shown = parent.display();
    match probe() {
        Err(error) => ("folder", Found::Problem, format!("cannot write into {}: {error}", nearest.display())),
        Ok(Err(TryLockError::Error(error))) => {
            let text = format!(
                "{shown} can be written, but files cannot be locked there ({error}): a run that is killed cannot be told \
                 from one that goes on, and is not resumed"
            );
            ("folder", Found::Problem, text)
        }
        Ok(_) => ("folder", Found::Fine, format!("{shown} can be written, and files can be locked there")),
    }
}

/// What is there already.
fn there(sweep: &Sweep) -> Check {
    let count = |is: fn(&State) -> bool| sweep.slots.iter().filter(|slot| is(&slot.state)).count();
    let done = count(|state| matches!(state, State::Done(_)));
    let begun = count(|state| matches!(state, State::Unfinished(_)));
    let fresh = count(|state| matches!(state, State::Fresh));
    ("there", Found::Fine, format!("{done} done, {begun} begun and to go on, {fresh} to be run"))
}
