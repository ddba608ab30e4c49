//! Curves as tables for people.

use super::labels::Labels;
use crate::compare::comparison::some_of;
use crate::compare::curve::{Curve, Point};
use crate::compare::group::Group;
use crate::compare::layout::{Page, Sheet, decimals, mean_and_interval};
use crate::compare::numbers::population_name;
use std::collections::{BTreeMap, BTreeSet};

/// The most ticks of a table for people.
const TICKS_MAX: usize = 16;

/// One table per group if there is one, with a column per population; else one per population, with a column per group.
pub fn page(curve: &Curve) -> Page {
    let labels = Labels::of(&curve.groups);
    let mut page = Page { head: head(curve), ..Page::default() };
    let mut populations: Vec<(&'static str, &str)> = Vec::new();
    for point in &curve.points {
        if !populations.contains(&(point.table, &point.population)) {
            populations.push((point.table, &point.population));
        }
    }
    let ticks: BTreeSet<u64> = curve.points.iter().map(|point| point.tick).collect();
    let shown = thinned(&ticks.into_iter().collect::<Vec<_>>(), TICKS_MAX);
    let is_thinned = shown.len() < curve.points.iter().map(|point| point.tick).collect::<BTreeSet<_>>().len();
    let together = |name: &str| population_name(name).to_string();
    if curve.groups.len() == 1 {
        let column = |&(table, name): &(&str, &str)| (together(name), points(curve, 0, table, name));
        page.sheets.push(sheet(String::new(), populations.iter().map(column).collect(), &shown, curve));
    } else {
        for &(table, name) in &populations {
            let of = |group: usize| (labels.name(&curve.groups[group]), points(curve, group, table, name));
            let is_shown = |group: &usize| curve.baseline.is_none() || curve.groups[*group].base.is_some();
            let columns: Vec<_> =
                (0..curve.groups.len()).filter(is_shown).map(of).filter(|(_, points)| !points.is_empty()).collect();
            if !columns.is_empty() {
                page.sheets.push(sheet(together(name), columns, &shown, curve));
            }
        }
    }
    if curve.groups.iter().any(|group| group.seeds.len() > 1) {
        page.foot.push("mean [95 % interval] over seeds: Student's t; that of a share is cut at 0 and 1".into());
    } else {
        page.foot.push("one seed each: no intervals".into());
    }
    if is_thinned {
        page.foot.push(format!("{} of the recorded ticks; --format csv and json have all", shown.len()));
    }
    page.foot.extend(labels.remarks());
    page
}

/// Seeds of the groups, and the baseline.
pub(super) fn head(curve: &Curve) -> Vec<String> {
    let about = |group: &Group| {
        let noun = if group.seeds.len() == 1 { "seed" } else { "seeds" };
        format!("{}: {noun} {}; {} by tick", group.label(), some_of(&group.seeds), curve.column)
    };
    let baseline = curve.baseline.as_ref().map(|baseline| format!("differences by seed from {baseline}"));
    curve.groups.iter().map(about).chain(baseline).collect()
}

type Points<'a> = BTreeMap<u64, &'a Point>;

fn points<'a>(curve: &'a Curve, group: usize, table: &str, population: &str) -> Points<'a> {
    let is_meant = |point: &&Point| point.group == group && point.table == table && point.population == population;
    curve.points.iter().filter(is_meant).map(|point| (point.tick, point)).collect()
}

/// At most `most` of `items`, two or more, evenly spaced, the first and the last among them.
pub(super) fn thinned<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most {
        return items.to_vec();
    }
    let last = items.len() - 1;
    (0..most).map(|at| items[at * last / (most - 1)]).collect()
}

fn sheet(title: String, columns: Vec<(String, Points)>, ticks: &[u64], curve: &Curve) -> Sheet {
    let shown = |point: &Point| point.difference.unwrap_or(point.estimate);
    let digits = decimals(columns.iter().flat_map(|(_, points)| points.values()).map(|point| shown(point).mean));
    let cell = |points: &Points, tick: &u64| {
        let Some(point) = points.get(tick) else { return "-".to_owned() };
        let [low, high] = curve.bounds(point.table);
        let is_difference = point.difference.is_some();
        let bounds = if is_difference { [low - high, high - low] } else { [low, high] };
        mean_and_interval(&shown(point), bounds, digits, is_difference)
    };
    let line = |tick: &u64| {
        let cells = columns.iter().map(|(_, points)| cell(points, tick));
        [tick.to_string()].into_iter().chain(cells).collect()
    };
    Sheet {
        title,
        words: 0,
        fixed: 1,
        heads: ["tick".to_string()].into_iter().chain(columns.iter().map(|(name, _)| name.clone())).collect(),
        lines: ticks.iter().map(line).collect(),
    }
}
