//! Strategies that are tables: over the last rounds, or finite state machines, published ones, such as a scenario
//! writes, and such as are drawn at random.

pub mod all_or_none;
pub mod capri;
pub mod drawn;
pub mod look_up;
pub mod machine;
pub mod mem2;
pub mod published;
pub mod winners;
