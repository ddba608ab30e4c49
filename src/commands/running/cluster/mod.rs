//! `sim sweep … --validate` and `--emit`: sweeps whose runs other programs start.

mod emit;
mod known;
mod validate;

use super::sweep::{ManyRuns, Order, planned};
use crate::cli::SweepArgs;
use crate::commands::terminal::print::{fail, refuse};
use crate::llm::engine::machine::DeviceChoice;
use crate::run::sweep::Sweep;
use crate::run::{Extension, Simulation};
use crate::scenario::spawn::cpu_only;

pub(in crate::commands) fn execute(args: &SweepArgs, extend: Extension) -> u8 {
    match surveyed(args, extend) {
        Ok(sweep) => match args.cluster.emit {
            Some(form) => emit::emit(args, &sweep, form),
            None => validate::validate(args, &sweep),
        },
        Err(code) => code,
    }
}

/// Checks every cell, and looks at the folders of all runs.
fn surveyed(args: &SweepArgs, extend: Extension) -> Result<Sweep, u8> {
    let order = Order::of(args);
    let ManyRuns { prepared, seeds, parent, .. } = planned(&order, &Simulation::extended(extend))?;
    if let DeviceChoice::Cuda(_) = args.each.machine.device
        && let Some(why) = prepared.iter().find_map(|cell| cpu_only(cell.spec()))
    {
        return Err(refuse(format!("{why} on the CPU only; leave out --device, or name the CPU with --device cpu")));
    }
    Sweep::survey(prepared, &seeds, &parent).map_err(fail)
}
