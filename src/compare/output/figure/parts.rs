//! What a figure is made of, and how much of it readers tell apart.

use super::axis::Axis;
use crate::compare::CompareError;
use std::collections::BTreeMap;

/// The number of colours that readers tell apart.
pub(super) const COLOURS: usize = 7;
/// The most lines of a figure: whole and dashed ones of every colour.
const LINES_MAX: usize = 2 * COLOURS;
/// The most panels of a figure.
const PANELS_MAX: usize = 12;

/// Panels below each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it shows, for readers who do not see it.
    pub title: String,
    /// How to read it, and what the numbers are about, for the same readers.
    pub description: String,
    /// The panels, from the top.
    pub panels: Vec<Panel>,
}

/// Axes and lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What it is about, above it; empty where the axes say so.
    pub caption: String,
    /// The x axis.
    pub(super) x: Axis,
    /// The y axis.
    pub(super) y: Axis,
    /// The lines.
    pub lines: Vec<Line>,
    /// The boxes.
    pub boxes: Vec<Spread>,
    /// Whether intervals are bands, as over ticks, instead of bars.
    pub(super) is_band: bool,
}

/// Means of one population and group along the x axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name in the legend; empty for the only line of a figure that needs no name.
    pub name: String,
    /// Number of its style: the same in all panels.
    pub(super) style: usize,
    /// The points, from left to right.
    pub points: Vec<Dot>,
}

/// A mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Where on the x axis: a value of the factor (its logarithm on a logarithmic axis), a tick, or the number of a
    /// category, from 0.
    pub x: f64,
    /// The mean.
    pub mean: f64,
    /// The 95 % interval; `None` for one value.
    pub interval: Option<[f64; 2]>,
}

/// How values are spread: a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Where on the x axis: the number of a category, from 0.
    pub x: f64,
    /// The smallest value, the quartiles and the largest one.
    pub numbers: [f64; 5],
}

impl Dot {
    pub(super) fn new(x: f64, mean: f64, [low, high]: [f64; 2]) -> Self {
        Self { x, mean, interval: (!low.is_nan()).then_some([low, high]) }
    }
}

impl Figure {
    /// Gives lines of one name the same style in all panels.
    ///
    /// # Errors
    /// If there is nothing to draw, or more than readers tell apart.
    pub(super) fn checked(mut self) -> Result<Self, CompareError> {
        let mut styles: BTreeMap<String, usize> = BTreeMap::new();
        for line in self.panels.iter_mut().flat_map(|panel| &mut panel.lines) {
            let next = styles.len();
            line.style = *styles.entry(line.name.clone()).or_insert(next);
        }
        let refuse = |problem: String, advice: &str| Err(CompareError::NoFigure { problem, advice: advice.into() });
        if styles.is_empty() && self.panels.iter().all(|panel| panel.boxes.is_empty()) {
            let advice = "Expected at least one mean; --format text shows what there is";
            return refuse("no population has a number".into(), advice);
        }
        if styles.len() > LINES_MAX {
            let advice = "Keep some populations with --populations A,B, or put them on the x axis with \
                          --along population (not with --curve)";
            return refuse(format!("it has {} lines, and {LINES_MAX} can be told apart", styles.len()), advice);
        }
        if self.panels.len() > PANELS_MAX {
            let advice = "Choose some columns with --columns A,B";
            return refuse(format!("it has {} panels, at most are {PANELS_MAX}", self.panels.len()), advice);
        }
        Ok(self)
    }
}
