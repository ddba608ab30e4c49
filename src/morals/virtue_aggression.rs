//! The virtue of kindness turned around: defect, whatever the others do.

use super::{MoralTerm, RoundView};
use bevy_ecs::prelude::Component;

/// Pays `bonus` for defecting.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct VirtueAggression {
    /// Size of the prize, in units of reward.
    pub bonus: f64,
}

impl MoralTerm for VirtueAggression {
    const NAME: &'static str = "virtue_aggression";

    fn reward(&self, round: &RoundView) -> f64 {
        if round.cooperated() { 0.0 } else { self.bonus }
    }
}
