//! The duty turned around: defect on those who cooperated.

use super::{MoralTerm, RoundView};
use bevy_ecs::prelude::Component;

/// Pays `bonus` for defecting after every co-player cooperated in the round the player saw before acting.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct MaliciousDeontological {
    /// Size of the prize, in units of reward.
    pub bonus: f64,
}

impl MoralTerm for MaliciousDeontological {
    const NAME: &'static str = "malicious_deontological";

    fn reward(&self, round: &RoundView) -> f64 {
        if !round.cooperated() && round.others_cooperated_before() { self.bonus } else { 0.0 }
    }
}
