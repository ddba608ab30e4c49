//! Evolutionary game theory on payoff matrices and on tables of symmetric games with more players: pure maths, which
//! knows nothing of agents, runs and scenarios.
//!
//! Payoffs stand in a [`DenseMatrix`] (row: the type that is paid, column: the type that it meets) or in a [`Table`]. A
//! process says in [`Process::convention`] what exactly it computes, so that numbers of different programs compare.
//! Probabilities are handled as logarithms wherever they may be tiny. What does not make sense is refused in a
//! sentence.

pub mod alpha_rank;
pub mod basins;
pub mod bootstrap;
pub mod compositions;
pub mod elo;
pub mod fixation;
pub mod full_chain;
pub mod graphs_exact;
pub mod invasion;
pub mod logs;
pub mod markov;
mod matrix;
pub mod payoffs;
pub mod process;
pub mod replicator;
pub mod rest_points;
pub mod small_mutation;
pub mod stability;
mod symmetric;
#[cfg(test)]
mod tests;
pub mod times;

pub use matrix::DenseMatrix;
pub use payoffs::{Payoffs, Table};
pub use process::{Fitness, Process, Structure, Tally, Update};
pub use symmetric::Symmetric;
