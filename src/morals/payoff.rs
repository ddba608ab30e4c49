//! The selfish reward: what the game pays the player. Also the extrinsic part of mixed rewards.

use super::{MoralTerm, RoundView};
use bevy_ecs::prelude::Component;

/// Pays the player's own payoff.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct Payoff;

impl MoralTerm for Payoff {
    const NAME: &'static str = "payoff";

    fn reward(&self, round: &RoundView) -> f64 {
        round.own_payoff()
    }
}
