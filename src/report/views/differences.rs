//! The last tenth of every group's recorded ticks, as `sim compare` averages it, and its difference from the first
//! group by seed.

use super::View;
use crate::compare::Estimate;
use crate::report::ReportError;
use crate::report::data::Number;
use crate::report::many::{Group, Runs};
use serde_json::{Value, json};

pub(super) const VIEW: View<Runs> =
    View { name: "differences", title: "Final values", script: include_str!("differences.js"), data };

fn data(runs: &Runs) -> Result<Option<Value>, ReportError> {
    let mut rows = Vec::new();
    for (index, group) in runs.groups.iter().enumerate() {
        for curve in &group.curves {
            let values: Vec<f64> = curve.last.iter().copied().filter(|value| value.is_finite()).collect();
            let difference = (index > 0).then(|| difference(group, &runs.groups[0], curve)).flatten();
            rows.push(json!({
                "group": index,
                "population": curve.cell.0,
                "column": curve.cell.1,
                "value": shown(Estimate::of(&values)),
                "difference": difference.map(shown),
            }));
        }
    }
    let ends = runs.groups.iter().map(|group| json!(group.end));
    Ok((!rows.is_empty()).then(|| json!({ "rows": rows, "ends": ends.collect::<Vec<_>>() })))
}

/// This group minus `base`, over the seeds that both have; `None` if `base` has no such curve.
fn difference(group: &Group, base: &Group, curve: &crate::report::many::Curve) -> Option<Estimate> {
    let other = base.find(&curve.cell)?;
    let pairs = group.seeds.iter().zip(&curve.last).filter_map(|(seed, value)| {
        let place = base.seeds.iter().position(|known| known == seed)?;
        Some(value - other.last.get(place)?)
    });
    let differences: Vec<f64> = pairs.filter(|value| value.is_finite()).collect();
    Some(Estimate::of(&differences))
}

fn shown(estimate: Estimate) -> Value {
    json!({ "n": estimate.n, "mean": Number(estimate.mean), "half_width": Number(estimate.half_width) })
}
