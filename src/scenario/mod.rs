//! Scenario files: the types they parse into, the checks they pass, and the one step from spec to world.
//!
//! A file goes through layers, each of which reports every problem it finds with its place in the text: [`text`] reads
//! it as a tree with spans, whether it is RON, JSON, YAML or TOML, `extends` lays it over the file it extends,
//! [`check::structure`] compares the tree with the types of [`mod@format`], [`check`] asks whether the numbers and
//! names make sense together, and [`size`] what they amount to. [`load`] runs them; a scenario that passes can fail
//! only for external reasons: disk, network, device. [`templates`] are scenarios to start from.

pub mod check;
pub mod diagnostics;
mod extends;
pub mod format;
pub mod load;
mod questions;
mod read;
pub mod size;
pub mod spawn;
pub mod templates;
pub mod text;
pub mod words;

#[cfg(test)]
mod tests;
