//! Strategies that look at nothing: always cooperate, always defect, random.

use super::{MemoryOneRule, Recall};

/// Cooperates always.
///
/// Names: Cooperator (Axelrod 1984); AC in Tennant et al. 2023.
#[derive(Clone, Copy, Debug)]
pub struct AlwaysCooperate;

impl MemoryOneRule for AlwaysCooperate {
    const NAME: &'static str = "always_cooperate";

    fn probability(&self, _: Recall) -> f64 {
        1.0
    }
}

/// Defects always.
///
/// Names: Defector, ALL D (Axelrod 1984); AD in Tennant et al. 2023.
#[derive(Clone, Copy, Debug)]
pub struct AlwaysDefect;

impl MemoryOneRule for AlwaysDefect {
    const NAME: &'static str = "always_defect";

    fn probability(&self, _: Recall) -> f64 {
        0.0
    }
}

/// Cooperates with probability `p`, whatever happened.
///
/// Names: RANDOM, with p = 1/2 (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Random {
    /// Probability of cooperation.
    pub p: f64,
}

impl MemoryOneRule for Random {
    const NAME: &'static str = "random";

    fn probability(&self, _: Recall) -> f64 {
        self.p
    }
}
