//! `sim export`.

use super::words::known;
use crate::cli::{ExportArgs, ExportFormat};
use crate::commands::input::folder::check_that_it_is_a_run;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{already_there, fail, out, refuse};
use crate::export::tensorboard::Follower;
use crate::export::{hub, parquet};
use crate::files::EVOLUTION_TABLE;
use crate::metrics::Columns;
use crate::run::{Extension, Simulation};
use std::path::{Path, PathBuf};

pub(in crate::commands) fn execute(args: &ExportArgs, extend: Extension) -> u8 {
    let mut targets = Vec::new();
    for run in &args.runs {
        if let Err(problem) = check_that_it_is_a_run(run, EVOLUTION_TABLE) {
            return refuse(problem);
        }
        let target = target(args, run);
        if targets.contains(&target) {
            let target = target.display();
            return refuse(format!("two of the runs would be written to {target}; export them one by one"));
        }
        if target.exists() && !args.force {
            return fail(already_there(&target));
        }
        targets.push(target);
    }
    let simulation = Simulation::extended(extend);
    let known = known(simulation.app.world().resource::<Columns>());
    for (run, target) in args.runs.iter().zip(&targets) {
        let exported = match args.format {
            ExportFormat::Parquet => parquet::export(run, target, &known).map(|_| ()),
            ExportFormat::Hub => hub::export(run, target).map(|_| ()),
            ExportFormat::Tensorboard => Follower::new(run, target, &known).follow(),
        };
        match exported {
            Ok(()) => out!("{}", target.display()),
            Err(error) => return fail(error),
        }
    }
    DONE
}

/// The folder for what is made of `run`.
fn target(args: &ExportArgs, run: &Path) -> PathBuf {
    match &args.out {
        None => run.join(args.format.folder()),
        Some(out) => {
            let run = run.canonicalize().unwrap_or_else(|_| run.to_path_buf());
            out.join(run.file_name().unwrap_or_default())
        }
    }
}
