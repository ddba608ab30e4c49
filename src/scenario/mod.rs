//! Scenario files: the types they parse into, the checks they pass, and the one step from spec to world.

pub mod spec;
