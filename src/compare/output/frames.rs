//! Comparisons and curves as tidy tables for programs.

use crate::compare::comparison::Comparison;
use crate::compare::curve::Curve;
use crate::compare::group::{Group, factor_names};
use crate::compare::interval::{CONFIDENCE, Estimate};
use crate::compare::layout::{Frame, rounded};
use serde::Serialize;
use serde_json::Value;

/// Every number: one row per group, table, population and column. `low` and `high` are the ends of the 95 % interval;
/// the columns from `compared_with` on are about the difference from that group, over the `n_both` seeds that both
/// have, with the p-value of the paired t test.
pub fn frame(comparison: &Comparison) -> Frame {
    let factors = factor_names(&comparison.groups);
    let is_suite = comparison.suite.is_some();
    let mut columns = vec!["scenario".to_string()];
    columns.extend(factors.iter().cloned());
    let question: &[&str] = if is_suite { &["question"] } else { &[] };
    let ticks: &[&str] = if is_suite { &[] } else { &["tick_first", "tick_last"] };
    let estimates =
        ["n", "mean", "low", "high", "compared_with", "n_both", "difference", "difference_low", "difference_high"];
    let names = ["table", "population"].iter().chain(question).chain(&["column"]).chain(ticks).chain(&estimates);
    columns.extend(names.chain(&["p_value", "source"]).map(|name| name.to_string()));
    let row = |row: &crate::compare::comparison::Row| {
        let group = &comparison.groups[row.group];
        let mut cells = identity(group, &factors);
        cells.extend([row.key.table.into(), row.key.population.as_str().into()]);
        if is_suite {
            cells.push(row.key.question.as_str().into());
        }
        cells.push(row.key.column.as_str().into());
        if !is_suite {
            cells.extend([group.ticks.0.into(), group.ticks.1.into()]);
        }
        let bounds = row.key.bounds();
        cells.extend(estimate(&row.estimate, bounds));
        match (&row.difference, group.base) {
            (Some(difference), Some(base)) => {
                cells.push(comparison.groups[base].label().into());
                cells.extend(estimate(difference, [bounds[0] - bounds[1], bounds[1] - bounds[0]]));
                cells.push(rounded(difference.p_value()));
            }
            _ => cells.extend(std::iter::repeat_n(Value::Null, 6)),
        }
        cells.push(if row.source.is_empty() { Value::Null } else { row.source.as_str().into() });
        cells
    };
    Frame { rows: comparison.rows.iter().map(row).collect(), columns }
}

/// The columns about the difference from the baseline, if a curve has one.
const DIFFERENCE: [&str; 5] = ["compared_with", "n_both", "difference", "difference_low", "difference_high"];

/// Every point: one row per group, table, population and recorded tick, with the difference from the baseline if there
/// is one.
pub fn curve_frame(curve: &Curve) -> Frame {
    let factors = factor_names(&curve.groups);
    let mut columns = vec!["scenario".to_string()];
    columns.extend(factors.iter().cloned());
    columns.extend(["table", "population", "column", "tick", "n", "mean", "low", "high"].map(String::from));
    let is_compared = curve.baseline.is_some();
    if is_compared {
        columns.extend(DIFFERENCE.map(String::from));
    }
    let row = |point: &crate::compare::curve::Point| {
        let mut cells = identity(&curve.groups[point.group], &factors);
        cells.extend([point.table.into(), point.population.as_str().into(), curve.column.as_str().into()]);
        cells.push(point.tick.into());
        let bounds = curve.bounds(point.table);
        cells.extend(estimate(&point.estimate, bounds));
        match (&point.difference, curve.groups[point.group].base) {
            (Some(difference), Some(base)) => {
                cells.push(curve.groups[base].label().into());
                cells.extend(estimate(difference, [bounds[0] - bounds[1], bounds[1] - bounds[0]]));
            }
            _ if is_compared => cells.extend(std::iter::repeat_n(Value::Null, DIFFERENCE.len())),
            _ => {}
        }
        cells
    };
    Frame { rows: curve.points.iter().map(row).collect(), columns }
}

/// Scenario and factors.
fn identity(group: &Group, factors: &[String]) -> Vec<Value> {
    let factor = |name: &String| group.factors.value(name).map_or(Value::Null, Value::from);
    [group.scenario.as_str().into()].into_iter().chain(factors.iter().map(factor)).collect()
}

/// n, mean, low, high.
fn estimate(estimate: &Estimate, bounds: [f64; 2]) -> [Value; 4] {
    let [low, high] = estimate.interval(bounds);
    [estimate.n.into(), rounded(estimate.mean), rounded(low), rounded(high)]
}

/// What a comparison or a curve is made of, for a program.
#[derive(Serialize)]
struct Document<'a> {
    confidence: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    suite: Option<&'a str>,
    groups: Vec<GroupEntry<'a>>,
    rows: Frame,
}

#[derive(Serialize)]
struct GroupEntry<'a> {
    label: String,
    scenario: &'a str,
    #[serde(serialize_with = "in_order")]
    factors: &'a [(String, String)],
    seeds: &'a [u64],
    compared_with: Option<String>,
}

fn in_order<S: serde::Serializer>(factors: &&[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(factors.iter().map(|(name, value)| (name, value)))
}

fn document<'a>(groups: &'a [Group], suite: Option<&'a str>, rows: Frame) -> String {
    let entry = |group: &'a Group| GroupEntry {
        label: group.label(),
        scenario: &group.scenario,
        factors: &group.factors.0,
        seeds: &group.seeds,
        compared_with: group.base.map(|base| groups[base].label()),
    };
    let document = Document { confidence: CONFIDENCE, suite, groups: groups.iter().map(entry).collect(), rows };
    serde_json::to_string_pretty(&document).expect("names and finite numbers are JSON") + "\n"
}

/// [`frame`] with the groups, as JSON.
pub fn json(comparison: &Comparison) -> String {
    document(&comparison.groups, comparison.suite.as_deref(), frame(comparison))
}

/// [`curve_frame`] with the groups, as JSON.
pub fn curve_json(curve: &Curve) -> String {
    document(&curve.groups, None, curve_frame(curve))
}
