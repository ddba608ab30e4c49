#![doc = include_str!("../README.md")]
// A dependency that nothing uses fails the gate. Tests have more of them than each needs.
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod cli;
pub mod commands;
pub mod compare;
pub mod crash;
pub mod evaluate;
pub mod files;
pub mod games;
pub mod host;
pub mod learning;
pub mod llm;
pub mod matchmaking;
pub mod metrics;
pub mod morals;
pub mod numbers;
pub mod play;
pub mod plugins;
pub mod policies;
pub mod report;
pub mod rng;
pub mod run;
pub mod scenario;
#[cfg(test)]
mod testing;
pub mod text;
pub mod world;
