//! Comparisons and curves as pages for people and frames for programs.

mod curves;
mod frames;
mod labels;
mod means;

pub use curves::page as curve_page;
pub use frames::{curve_frame, curve_json, frame, json};
pub use means::page;
