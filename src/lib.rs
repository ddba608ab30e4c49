//! Populations of agents that play social dilemmas under moral rewards and learn while the others learn.

pub mod games;
pub mod learning;
pub mod llm;
pub mod matchmaking;
pub mod metrics;
pub mod morals;
pub mod play;
pub mod policies;
pub mod rng;
pub mod scenario;
pub mod world;
