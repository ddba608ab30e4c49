//! `sim export`.

use super::words::known;
use crate::cli::{ExportArgs, ExportFormat};
use crate::commands::input::folder::check_that_it_is_a_run;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{already_there, err, fail, out, refuse};
use crate::compare::DEPTH;
use crate::export::tensorboard::Follower;
use crate::export::{hub, parquet};
use crate::files::{EVOLUTION_TABLE, folders_with};
use crate::metrics::Columns;
use crate::run::{Extension, Simulation};
use crate::text::shown;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(in crate::commands) fn execute(args: &ExportArgs, extend: Extension) -> u8 {
    let runs = match runs(&args.runs) {
        Ok(runs) => runs,
        Err(problem) => return refuse(problem),
    };
    let mut targets = Vec::new();
    for run in &runs {
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
    for (run, target) in runs.iter().zip(&targets) {
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

/// The runs in `folders`, each a run's folder or a folder that holds such folders. In the latter, runs without a table
/// are left out with a note; a run that is met twice is one.
fn runs(folders: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let (mut runs, mut seen) = (Vec::new(), BTreeSet::new());
    let mut add = |run: PathBuf| {
        if seen.insert(run.canonicalize().unwrap_or_else(|_| run.clone())) {
            runs.push(run);
        }
    };
    for folder in folders {
        let inside = folders_with(folder, "manifest.json", DEPTH).found;
        let (ready, bare): (Vec<PathBuf>, Vec<PathBuf>) =
            inside.into_iter().partition(|run| run.join(EVOLUTION_TABLE).is_file());
        if folder.join(EVOLUTION_TABLE).is_file() || ready.is_empty() {
            check_that_it_is_a_run(folder, EVOLUTION_TABLE)?;
            add(folder.clone());
            continue;
        }
        bare.iter().for_each(|run| err!("left out: {} has no {EVOLUTION_TABLE}", shown(&run.display().to_string())));
        ready.into_iter().for_each(&mut add);
    }
    Ok(runs)
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
