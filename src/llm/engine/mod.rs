//! The engine of the LLM agents: what it is given, what it says, and the two that say it, on the CPU and on a device.

pub mod budget;
pub mod cpu;
pub mod device;
mod job;
pub mod machine;
pub mod next_token;
pub mod precision;
pub mod scorer;

pub use job::{Agent, FrozenPrefix, Gradient, Job, Keep, Slopes, TreeScores, ValueHead};
