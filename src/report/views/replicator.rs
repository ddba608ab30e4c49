//! Shares over time in a large population.

use super::View;
use crate::report::ReportError;
use crate::report::empirical::EmpiricalGame;
use serde_json::Value;

pub(super) const VIEW: View<EmpiricalGame> =
    View { name: "replicator", title: "Replicator equation", script: include_str!("replicator.js"), data };

fn data(game: &EmpiricalGame) -> Result<Option<Value>, ReportError> {
    Ok(game.part("replicator"))
}
