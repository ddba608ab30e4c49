//! Scenario files: the types they parse into, the checks they pass, and the one step from spec to world.
//!
//! A file goes through three layers, each of which reports every problem it finds with its place in the text:
//! [`syntax`] reads it as a tree with spans, [`schema`] compares the tree with the types of [`spec`], [`validate`] asks
//! whether the numbers and names make sense together. [`load`] runs them; a scenario that passes can fail only for
//! external reasons: disk, network, device.

pub mod diagnostics;
mod excerpt;
pub mod extent;
mod hints;
mod json;
pub mod llm_memory;
pub mod load;
pub mod memory;
pub mod numbers;
pub mod overrides;
pub mod schema;
pub mod shape;
pub mod spawn;
pub mod spec;
pub mod syntax;
pub mod validate;

#[cfg(test)]
mod tests;
