//! What every type gets from every other.

use super::View;
use crate::report::ReportError;
use crate::report::empirical::EmpiricalGame;
use serde_json::Value;

pub(super) const VIEW: View<EmpiricalGame> =
    View { name: "matrices", title: "Who gets what", script: include_str!("matrices.js"), data };

fn data(game: &EmpiricalGame) -> Result<Option<Value>, ReportError> {
    Ok(game.part("matrices"))
}
