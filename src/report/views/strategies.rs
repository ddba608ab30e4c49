//! The space of memory-one strategies, in which populations move. The curves are those of the view of that name.

use super::View;
use crate::report::ReportError;
use crate::report::run::Run;
use serde_json::{Value, json};

pub(super) const VIEW: View<Run> =
    View { name: "strategies", title: "Strategy space", script: include_str!("strategies.js"), data };

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let has_columns =
        ["p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"].iter().all(|c| run.evolution.drawn.columns.iter().any(|d| d == c));
    let is_there = has_columns && run.evolution.populations.iter().any(|population| population.changes);
    Ok(is_there.then(|| json!({ "landmarks": (run.words.strategies)() })))
}
