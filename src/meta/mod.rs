//! The empirical game between types: what trained agents and strategies get from each other, and which of them
//! selection would keep.
//!
//! A type is a population of finished runs, with every seed as a replicate, or a strategy. Payoffs are exact where both
//! players are finite automata, and sampled otherwise. Everything that follows from the payoffs is computed once over
//! all seeds and once for every draw of seeds ([`numbers`]), which gives the intervals ([`findings`]).
//!
//! - [`gather`]: types from files (`sources`, `policies`, `collect`).
//! - [`setting`], [`types`], [`rewards`]: what is played, by whom, and what they are rewarded for.
//! - [`exact`], [`sampled`], [`game`]: what two players can expect, and the matrices of all.
//! - [`options`], [`plan`], [`numbers`], [`findings`]: what was asked for, what of it is computed, and what follows.
//! - [`tables`], [`document`], [`page`], [`mod@nfg`]: how it is shown.

mod collect;
pub mod document;
pub mod exact;
pub mod findings;
pub mod game;
pub mod gather;
pub mod nfg;
pub mod numbers;
pub mod one_shot;
pub mod options;
pub mod page;
pub mod plan;
mod policies;
pub mod rewards;
pub mod sampled;
pub mod setting;
pub mod sources;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod types;
