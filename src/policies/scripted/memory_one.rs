//! Any memory-one strategy, as its five probabilities.

use super::{MemoryOneRule, Recall};

/// Cooperates with a probability for each outcome of the last round, the player's own action first.
///
/// Names: memory-one strategy (Nowak, Sigmund & El-Sedy 1995); zero-determinant strategies are a family of these
/// (Press & Dyson 2012).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryOne {
    /// Where nothing is seen.
    pub start: f64,
    /// After (own C, opponent's C).
    pub cc: f64,
    /// After (own C, opponent's D).
    pub cd: f64,
    /// After (own D, opponent's C).
    pub dc: f64,
    /// After (own D, opponent's D).
    pub dd: f64,
}

impl MemoryOneRule for MemoryOne {
    const NAME: &'static str = "memory_one";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => self.start,
            Recall::Last { own: true, others: true } => self.cc,
            Recall::Last { own: true, others: false } => self.cd,
            Recall::Last { own: false, others: true } => self.dc,
            Recall::Last { own: false, others: false } => self.dd,
        }
    }
}
