//! What was played, by whom, and how the numbers are made.

use super::View;
use crate::report::ReportError;
use crate::report::empirical::EmpiricalGame;
use serde_json::Value;

pub(super) const VIEW: View<EmpiricalGame> =
    View { name: "origin", title: "About", script: include_str!("origin.js"), data };

fn data(game: &EmpiricalGame) -> Result<Option<Value>, ReportError> {
    Ok(Some(game.origin()))
}
