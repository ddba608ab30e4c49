//! Every learner against the naive loss over samples, against finite differences, and on small problems with known
//! answers.

mod against_naive;
mod bandits;
mod exact;
mod statistics;
