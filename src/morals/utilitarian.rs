//! Consequentialist: the greatest sum of payoffs.

use super::{MoralTerm, RoundView};
use bevy_ecs::prelude::Component;

/// Pays the sum of all payoffs of the round; with more than two seats, over all of them.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct Utilitarian;

impl MoralTerm for Utilitarian {
    const NAME: &'static str = "utilitarian";

    fn reward(&self, round: &RoundView) -> f64 {
        round.payoffs.iter().sum()
    }
}
