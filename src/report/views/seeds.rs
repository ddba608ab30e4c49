//! Means over seeds with their 95 % intervals, for every group of runs.

use super::View;
use crate::compare::{self, Estimate, OUTCOMES, bounds};
use crate::files::{EVOLUTION_TABLE, OUTCOMES_TABLE};
use crate::report::ReportError;
use crate::report::data::Numbers;
use crate::report::many::{Group, Runs};
use serde_json::{Value, json};

pub(super) const VIEW: View<Runs> =
    View { name: "seeds", title: "Over the ticks", script: include_str!("seeds.js"), data };

fn data(runs: &Runs) -> Result<Option<Value>, ReportError> {
    let meaning = |(population, column): &(String, String)| {
        (runs.words.meaning)(if population.is_empty() { OUTCOMES_TABLE } else { EVOLUTION_TABLE }, column)
    };
    let curves = |group: &Group| -> Vec<Value> {
        let curve = |curve: &crate::report::many::Curve| {
            let (population, column) = &curve.cell;
            let table = if population.is_empty() { OUTCOMES } else { compare::EVOLUTION };
            let bounds = bounds(table, column);
            let of = |value: &dyn Fn(&Estimate) -> f64| Numbers(curve.estimates.iter().map(value).collect());
            json!({
                "population": curve.cell.0,
                "column": curve.cell.1,
                "meaning": meaning(&curve.cell),
                "mean": of(&|estimate| estimate.mean),
                "low": of(&|estimate| estimate.interval(bounds)[0]),
                "high": of(&|estimate| estimate.interval(bounds)[1]),
            })
        };
        group.curves.iter().map(curve).collect()
    };
    let groups = runs.groups.iter().map(|group| {
        json!({
            "label": group.label,
            "seeds": group.seeds,
            "axis": group.axis,
            "curves": curves(group),
        })
    });
    Ok(Some(json!({ "groups": groups.collect::<Vec<_>>() })))
}
