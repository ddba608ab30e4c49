//! What is computed from an empirical game.

/// What to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Strengths of selection β, ascending.
    pub strengths: Vec<f64>,
    /// Sizes of the population N, ascending.
    pub sizes: Vec<usize>,
    /// The size and the strength that are shown first, by their numbers.
    pub chosen: (usize, usize),
    /// Probability μ that an agent mutates; 0: mutants are rare.
    pub mutation: f64,
    /// Whether selection looks at the reward instead of the payoff.
    pub by_reward: bool,
    /// Draws of the bootstrap; 0 for none.
    pub draws: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Time until which the replicator equation is followed.
    pub time: f64,
}
