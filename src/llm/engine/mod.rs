//! The engine of the LLM agents: what it is given, what it says, and its two forms, on the CPU and on a device.

pub mod budget;
pub mod cpu;
pub mod device;
mod drive;
mod job;
pub mod machine;
pub mod next_token;
pub mod precision;
mod update;

pub use drive::{Done, Engine};
pub use job::{Agent, FrozenPrefix, Gradient, Job, Keep, Slopes, TreeScores, ValueHead};
pub use update::{Ask, Memo, Next, Update};
