//! A measure over the ticks, as a figure.

use super::axis::Axis;
use super::parts::{Dot, Figure, Line, Panel};
use crate::compare::CompareError;
use crate::compare::curve::{Curve, Point};
use crate::compare::interval::Estimate;
use crate::compare::numbers::population_name;
use crate::compare::output::curves::{head, thinned};
use crate::compare::output::labels::Labels;

/// The most points of a line: more than a page can show.
const POINTS_MAX: usize = 400;
/// How to read a curve.
const HOW: &str = "Lines are means over seeds; bands are their 95 % intervals, where there are two seeds or more.";

/// One panel, with a line per population and group, and a band for its intervals.
///
/// # Errors
/// If there is nothing to draw, or more lines than readers tell apart.
pub fn curve_figure(curve: &Curve) -> Result<Figure, CompareError> {
    let is_difference = curve.baseline.is_some();
    let estimate = |point: &Point| if is_difference { point.difference } else { Some(point.estimate) };
    let shown = |point| Some((point, estimate(point).filter(|it| it.n > 0 && !it.mean.is_nan())?));
    let drawn: Vec<(&Point, Estimate)> = curve.points.iter().filter_map(shown).collect();
    let bounds = |point: &Point| {
        let [low, high] = curve.bounds(point.table);
        if is_difference { [low - high, high - low] } else { [low, high] }
    };
    let lines = lines(curve, &drawn, bounds);
    let column = if is_difference { format!("{} − baseline", curve.column) } else { curve.column.clone() };
    let mut panels = Vec::new();
    if let Some((first, _)) = drawn.first() {
        let points = || lines.iter().flat_map(|line| &line.points);
        let intervals = points().flat_map(|dot| dot.interval.into_iter().flatten());
        let zero = is_difference.then_some(0.0);
        let ends: Vec<f64> = points().map(|dot| dot.mean).chain(intervals).chain(zero).collect();
        let ticks = || drawn.iter().map(|(point, _)| point.tick);
        let x = Axis::of_ticks(ticks().min().unwrap_or_default(), ticks().max().unwrap_or_default());
        let y = Axis::of_measure(&column, &ends, bounds(first))?;
        panels.push(Panel { caption: String::new(), x, y, lines, boxes: Vec::new(), is_band: true });
    }
    let is_thinned = panels.iter().flat_map(|panel| &panel.lines).any(|line| line.points.len() == POINTS_MAX);
    let thinned = is_thinned.then(|| format!("At most {POINTS_MAX} of the recorded ticks are drawn."));
    let description = [HOW.to_string()].into_iter().chain(thinned).chain(head(curve)).collect::<Vec<_>>().join("\n");
    Figure { title: format!("{column} by tick"), description, panels }.checked()
}

/// The lines in the order of populations, then of groups.
fn lines(curve: &Curve, drawn: &[(&Point, Estimate)], bounds: impl Fn(&Point) -> [f64; 2]) -> Vec<Line> {
    let labels = Labels::of(&curve.groups);
    let mut populations: Vec<&str> = Vec::new();
    for (point, _) in drawn {
        if !populations.contains(&point.population.as_str()) {
            populations.push(&point.population);
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    for population in &populations {
        for (index, group) in curve.groups.iter().enumerate() {
            let is_of = |(point, _): &&(&Point, Estimate)| point.group == index && point.population == *population;
            let dot = |(point, estimate): &(&Point, Estimate)| {
                Dot::new(point.tick as f64, estimate.mean, estimate.interval(bounds(point)))
            };
            let points: Vec<Dot> = drawn.iter().filter(is_of).map(dot).collect();
            if points.is_empty() {
                continue;
            }
            let group = labels.name(group);
            let is_needed = populations.len() > 1 || group.is_empty();
            let population = if is_needed { population_name(population) } else { "" };
            let parts = [population, &group].into_iter().filter(|part| !part.is_empty());
            let name = parts.collect::<Vec<_>>().join(" ");
            lines.push(Line { name, style: 0, points: thinned(&points, POINTS_MAX) });
        }
    }
    lines
}
