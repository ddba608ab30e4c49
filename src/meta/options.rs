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

impl Options {
    /// The options without populations that are too small for a group of `players`; beside them, a sentence about what
    /// is left out.
    ///
    /// # Errors
    /// If the population that is shown first is too small.
    pub fn for_groups_of(mut self, players: usize) -> Result<(Self, Option<String>), String> {
        let shown = self.sizes[self.chosen.0];
        if shown < players {
            return Err(format!(
                "--population {shown} is too small for groups of {players}: expected {players} or more"
            ));
        }
        let (kept, small): (Vec<usize>, Vec<usize>) = self.sizes.iter().partition(|size| **size >= players);
        if small.is_empty() {
            return Ok((self, None));
        }
        self.chosen.0 -= small.len();
        self.sizes = kept;
        let small = small.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        Ok((self, Some(format!("populations of {small} are left out: groups have {players} players"))))
    }
}
