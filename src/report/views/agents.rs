//! Every agent at the last tick.

use super::View;
use crate::files::EVOLUTION_TABLE;
use crate::files::NOT_NUMBERS;
use crate::report::ReportError;
use crate::report::evolution::AGENTS_MAX;
use crate::report::run::Run;
use serde_json::{Value, json};

pub(super) const VIEW: View<Run> =
    View { name: "agents", title: "Agents at the last tick", script: include_str!("agents.js"), data };

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let evolution = &run.evolution;
    if evolution.last.is_empty() {
        return Ok(None);
    }
    let meanings: Vec<Option<String>> =
        evolution.heads.iter().map(|head| (run.words.meaning)(EVOLUTION_TABLE, head)).collect();
    Ok(Some(json!({
        "tick": evolution.ticks.last,
        "columns": evolution.heads,
        "meanings": meanings,
        "words": NOT_NUMBERS,
        "rows": evolution.last,
        "all": evolution.agents_all,
        "most": AGENTS_MAX,
        "file": EVOLUTION_TABLE,
    })))
}
