//! The views of a report. A view is a file here with what it needs from a run's files, a script of the same name beside
//! it that draws it, and an entry of a list below.

mod about;
mod agents;
mod choices;
mod curves;
mod differences;
mod evaluation;
mod groups;
mod invasion;
mod lattice;
mod matrices;
mod meetings;
mod origin;
mod replicator;
mod seeds;
mod strategies;
mod traits;
mod transcripts;
mod types;
mod verdicts;
mod view;

pub(super) use view::View;

use super::empirical::EmpiricalGame;
use super::many::Runs;
use super::run::Run;
use serde_json::{Value, json};

/// The views of a run, in the order of the page.
pub(super) const OF_A_RUN: &[View<Run>] = &[
    about::VIEW,
    curves::VIEW,
    strategies::VIEW,
    types::VIEW,
    traits::VIEW,
    lattice::VIEW,
    meetings::VIEW,
    choices::VIEW,
    transcripts::VIEW,
    evaluation::VIEW,
    agents::VIEW,
];

/// The views of many runs, in the order of the page.
pub(super) const OF_MANY_RUNS: &[View<Runs>] = &[seeds::VIEW, differences::VIEW];

/// The views of an empirical game, in the order of the page.
pub(super) const OF_AN_EMPIRICAL_GAME: &[View<EmpiricalGame>] =
    &[matrices::VIEW, groups::VIEW, invasion::VIEW, replicator::VIEW, verdicts::VIEW, origin::VIEW];

/// What several views of a run draw with.
pub(super) fn common(run: &Run) -> Value {
    let status = run.manifest.get("status").cloned().unwrap_or(Value::Null);
    let populations = run.evolution.populations.iter().map(|population| {
        json!({
            "name": population.name,
            "members": population.members,
            "changes": population.changes,
            "source": population.source,
        })
    });
    json!({
        "status": status,
        "populations": populations.collect::<Vec<_>>(),
        "populations_all": run.evolution.populations_all,
        "marks": run.marks,
    })
}
