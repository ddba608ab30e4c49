//! Equilibria, stability, ranks.

use super::View;
use crate::report::ReportError;
use crate::report::empirical::EmpiricalGame;
use serde_json::Value;

pub(super) const VIEW: View<EmpiricalGame> =
    View { name: "verdicts", title: "Stability", script: include_str!("verdicts.js"), data };

fn data(game: &EmpiricalGame) -> Result<Option<Value>, ReportError> {
    Ok(game.part("verdicts"))
}
