//! The virtue of fairness turned around.

use super::{MoralTerm, RoundView, inequality};
use bevy_ecs::prelude::Component;

/// Pays the [`inequality`] of the round's payoffs: 0 if all got the same (all nothing, too), 1 if one got all.
///
/// A round that somebody else's illegal completion voided paid everybody nothing and therefore counts as equal: 0.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct VirtueInequality;

impl MoralTerm for VirtueInequality {
    const NAME: &'static str = "virtue_inequality";

    fn reward(&self, round: &RoundView) -> f64 {
        inequality(round.payoffs)
    }
}
