//! How many rounds were played, as an example of a view.

use super::View;
use crate::report::ReportError;
use crate::report::run::Run;
use serde_json::{Value, json};

pub(super) const VIEW: View<Run> =
    View { name: "rounds_played", title: "Rounds played", script: include_str!("rounds_played.js"), data };

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    Ok(Some(json!({ "recorded": run.society.ticks.recorded })))
}
