//! Who takes over whom, and who is common in the long run.

use super::View;
use crate::report::ReportError;
use crate::report::empirical::EmpiricalGame;
use serde_json::Value;

pub(super) const VIEW: View<EmpiricalGame> =
    View { name: "invasion", title: "Selection", script: include_str!("invasion.js"), data };

fn data(game: &EmpiricalGame) -> Result<Option<Value>, ReportError> {
    Ok(game.part("invasion"))
}
