//! Every measure of the two tables that each run has, over the ticks.

use super::View;
use crate::files::{EVOLUTION_TABLE, OUTCOMES_TABLE};
use crate::report::ReportError;
use crate::report::evolution::{ADDED_MAX, POPULATIONS_MAX};
use crate::report::run::Run;
use crate::report::ticks::Series;
use serde_json::{Value, json};

pub(super) const VIEW: View<Run> =
    View { name: "curves", title: "Over the ticks", script: include_str!("curves.js"), data };

fn data(run: &Run) -> Result<Option<Value>, ReportError> {
    let (evolution, society) = (&run.evolution, &run.society);
    let columns = |table: &'static str, names: &[String]| -> Vec<Value> {
        names.iter().map(|name| json!({ "name": name, "meaning": (run.words.meaning)(table, name) })).collect()
    };
    let points = evolution.ticks.points();
    let numbers = |all: &[Series], points: usize| all.iter().map(|series| series.numbers(points)).collect::<Vec<_>>();
    let populations = evolution.populations.iter().map(|population| {
        let agents = population.agents.iter();
        let agents = agents.map(|(name, series)| json!({ "name": name, "values": numbers(series, points) }));
        json!({ "means": numbers(&population.means, points), "agents": agents.collect::<Vec<_>>() })
    });
    Ok(Some(json!({
        "evolution": {
            "file": EVOLUTION_TABLE,
            "ticks": evolution.ticks,
            "axis": evolution.axis,
            "added_left_out": evolution.drawn.left_out,
            "columns": columns(EVOLUTION_TABLE, &evolution.drawn.columns),
            "populations": populations.collect::<Vec<_>>(),
        },
        "society": {
            "file": OUTCOMES_TABLE,
            "ticks": society.ticks,
            "axis": society.axis,
            "added_left_out": society.drawn.left_out,
            "columns": columns(OUTCOMES_TABLE, &society.drawn.columns),
            "values": numbers(&society.series, society.ticks.points()),
        },
        "populations_max": POPULATIONS_MAX,
        "added_max": ADDED_MAX,
    })))
}
