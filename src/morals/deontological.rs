//! Conditional duty: do not defect on one who cooperated.

use super::{MoralTerm, RoundView};
use bevy_ecs::prelude::Component;

/// Fines the player `penalty` for defecting after every co-player cooperated in the round it saw before acting.
///
/// It pays nothing otherwise: it never rewards cooperation and asks nothing after a defection. What counts is what the
/// player saw, a made-up opening included.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Deontological {
    /// Size of the fine, in units of reward.
    pub penalty: f64,
}

impl MoralTerm for Deontological {
    const NAME: &'static str = "deontological";

    fn reward(&self, round: &RoundView) -> f64 {
        if !round.cooperated() && round.others_cooperated_before() { -self.penalty } else { 0.0 }
    }
}
