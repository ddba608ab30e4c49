#![doc = include_str!("../README.md")]

pub mod cli;
pub mod commands;
pub mod compare;
pub mod evaluate;
pub mod files;
pub mod games;
pub mod learning;
pub mod llm;
pub mod matchmaking;
pub mod metrics;
pub mod morals;
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
