//! What is kept of a match that is in progress.

use super::view::Recall;
use std::fmt::Debug;

/// What a player keeps of one match, so that it need not read the match again before every round.
pub trait Memory: Debug + Send + Sync {
    /// Takes in a round that counted: whether the player cooperated, and whether the opponent, or every co-player, did.
    fn see(&mut self, own: bool, others: bool);

    /// Probability of cooperation in the coming round, of a player that recalls `recall`.
    fn chance(&self, recall: Recall) -> f64;
}
