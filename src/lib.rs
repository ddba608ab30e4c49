#![doc = include_str!("../README.md")]

pub mod cli;
pub mod commands;
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
pub mod world;
