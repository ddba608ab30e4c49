//! Runs side by side: means over seeds with 95 % intervals, differences by seed, curves over ticks.
//!
//! Reads the CSV files that runs leave behind, and `manifest.json` to see whose they are; knows nothing about the
//! world. Runs are grouped by the name of their scenario and by what was varied in them. A run gives one number per
//! population and column: the mean over the members and the last ticks. Means and intervals are made of these numbers,
//! one per seed.
//!
//! - [`folder`], [`group`], [`baseline`]: which runs there are, and what is compared with what.
//! - [`table`], [`evaluated`]: from files to [`numbers`].
//! - [`interval`]: from numbers to estimates.
//! - [`comparison`], [`mod@curve`]: what comes out; [`mod@at_end`]: the same of one run.
//! - [`layout`], [`output`]: how it is shown.

mod at_end;
mod baseline;
mod comparison;
mod curve;
mod error;
mod evaluated;
mod folder;
mod group;
mod interval;
pub mod layout;
mod numbers;
pub mod output;
mod table;
#[cfg(test)]
mod tests;
mod tournament;

pub use at_end::{AtEnd, at_end};
pub use comparison::{Comparison, Options, Row, compare};
pub use curve::{Curve, Point, curve};
pub use error::CompareError;
pub use folder::{DEPTH, Factors, factors};
pub use group::{Group, difference as difference_of_settings, factor_names};
pub use interval::{CONFIDENCE, Estimate, SHARE, UNBOUNDED, difference, t_quantile};
pub use numbers::{EVALUATION, EVOLUTION, Key, OUTCOMES, STRATEGIES, bounds};
pub use tournament::{Fared, tournament};
