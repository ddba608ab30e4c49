//! The virtue of kindness: cooperate, whatever the others do.

use super::{MoralTerm, RoundView};
use bevy_ecs::prelude::Component;

/// Pays `bonus` for cooperating.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct VirtueKindness {
    /// Size of the prize, in units of reward.
    pub bonus: f64,
}

impl MoralTerm for VirtueKindness {
    const NAME: &'static str = "virtue_kindness";

    fn reward(&self, round: &RoundView) -> f64 {
        if round.cooperated() { self.bonus } else { 0.0 }
    }
}
