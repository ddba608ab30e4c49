//! Comparisons and curves as figures for documents: SVG, drawn by the library `plotters`.
//!
//! - [`along`]: what lies on the x axis.
//! - [`axis`]: ranges and ticks.
//! - [`parts`]: panels, lines and points.
//! - [`means`], [`curves`]: from numbers to lines; [`boxes`]: to boxes.
//! - [`draw`]: from lines to SVG.

mod along;
mod axis;
mod boxes;
mod curves;
mod draw;
mod means;
mod parts;
#[cfg(test)]
mod tests;

pub use boxes::tournament_figure;
pub use curves::curve_figure;
pub use means::{Choice, figure};
pub use parts::{Dot, Figure, Line, Panel, Spread};
