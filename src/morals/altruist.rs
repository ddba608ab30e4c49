//! Consequentialist for others only.

use super::{MoralTerm, RoundView, co_players_payoff};
use bevy_ecs::prelude::Component;

/// Pays the co-players' payoff; with more than two seats, the sum over all co-players.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct Altruist;

impl MoralTerm for Altruist {
    const NAME: &'static str = "altruist";

    fn reward(&self, round: &RoundView) -> f64 {
        co_players_payoff(round)
    }
}
