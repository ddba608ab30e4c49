//! What is known of a sweep before any of its runs begins.

use crate::cli::SweepArgs;
use crate::commands::input::machine::model_fetcher;
use crate::llm::engine::machine::DeviceChoice;
use crate::llm::files::fetch::find_here;
use crate::llm::files::registry::BUILT_IN;
use crate::run::sweep::Sweep;
use crate::run::{Forecast, Prepared};
use crate::scenario::format::ModelSpec;
use crate::scenario::size::extent::Extent;
use crate::scenario::spawn::{frozen_players, model_name, needs_model};

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Fine,
    /// Worth knowing.
    Note,
    /// The sweep would fail.
    Problem,
}

/// A row of the table of checks.
pub(super) type Check = (&'static str, Found, String);

/// Whether the weights of every model are here, and how to get them if not.
pub(super) fn models(sweep: &Sweep) -> Vec<Check> {
    let mut named: Vec<ModelSpec> = Vec::new();
    for spec in sweep.cells.iter().map(Prepared::spec) {
        let base = needs_model(spec).then(|| spec.model.clone());
        let all = base.into_iter().chain(frozen_players(spec).into_iter().map(|player| player.model));
        for model in all {
            if !named.contains(&model) {
                named.push(model);
            }
        }
    }
    let fetcher = model_fetcher();
    let check = |model: &ModelSpec| {
        let name = model_name(model);
        if matches!(model, ModelSpec::Random(_)) || name == BUILT_IN {
            return ("model", Found::Fine, format!("{name} is made by sim itself"));
        }
        match find_here(&name, &fetcher) {
            Ok(Some(files)) => ("model", Found::Fine, format!("{name} is in {}", files.path().display())),
            Ok(None) => {
                let how = format!("{name} is not here; get it before the runs begin, with: sim models fetch '{name}'");
                ("model", Found::Problem, how)
            }
            Err(error) => ("model", Found::Problem, format!("{name}: {error}")),
        }
    };
    match named.as_slice() {
        [] => vec![("model", Found::Fine, "none is needed".into())],
        named => named.iter().map(check).collect(),
    }
}

/// Bytes of the largest run; `None` if that of any is not known.
pub(super) fn peak(sweep: &Sweep) -> Option<u64> {
    sweep.cells.iter().map(Prepared::peak).try_fold(0, |most, peak| Some(most.max(peak?)))
}

/// The cell that has the most to compute, as far as its decisions say.
pub(super) fn largest(sweep: &Sweep) -> &Prepared {
    let size = |cell: &&Prepared| {
        let spec = cell.spec();
        let extent = Extent::of(spec, cell.rules().game.seats(), cell.matchmaker());
        extent.decisions().saturating_mul(spec.ticks.into())
    };
    sweep.cells.iter().max_by_key(size).unwrap_or(&sweep.cells[0])
}

/// How long the ticks of `cell` take; on a GPU, that cannot be said here.
pub(super) fn forecast(args: &SweepArgs, cell: &Prepared) -> Forecast {
    match args.each.machine.device {
        DeviceChoice::Cuda(_) => Forecast::Unknown,
        DeviceChoice::Auto(_) | DeviceChoice::Cpu => cell.forecast(),
    }
}
