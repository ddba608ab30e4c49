//! Comparisons and curves as pages for people, frames for programs and figures for documents.

mod curves;
mod figure;
mod frames;
mod labels;
mod means;

pub use curves::page as curve_page;
pub use figure::{Choice, Dot, Figure, Line, Panel, Spread, curve_figure, figure, tournament_figure};
pub use frames::{curve_frame, curve_json, frame, json};
pub use means::page;
