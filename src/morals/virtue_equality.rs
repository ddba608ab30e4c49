//! The virtue of fairness: payoffs that are alike.

use super::{MoralTerm, RoundView, inequality};
use bevy_ecs::prelude::Component;

/// Pays 1 minus the [`inequality`] of the round's payoffs: 1 if all got the same (all nothing, too), 0 if one got all.
///
/// A round that somebody else's illegal completion voided paid everybody nothing and therefore counts as equal: 1.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct VirtueEquality;

impl MoralTerm for VirtueEquality {
    const NAME: &'static str = "virtue_equality";

    fn reward(&self, round: &RoundView) -> f64 {
        1.0 - inequality(round.payoffs)
    }
}
