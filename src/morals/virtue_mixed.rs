//! Fairness and kindness together, on one scale.

use super::{MoralTerm, RoundView, inequality};
use bevy_ecs::prelude::Component;

/// Pays `beta` · equality, and `1 - beta` on top for cooperating; equality as in [`super::virtue_equality`].
#[derive(Component, Clone, Debug, PartialEq)]
pub struct VirtueMixed {
    /// Share of equality, 0 to 1.
    pub beta: f64,
}

impl MoralTerm for VirtueMixed {
    const NAME: &'static str = "virtue_mixed";

    fn reward(&self, round: &RoundView) -> f64 {
        let equality = 1.0 - inequality(round.payoffs);
        let kindness = if round.cooperated() { 1.0 } else { 0.0 };
        self.beta * equality + (1.0 - self.beta) * kindness
    }
}
