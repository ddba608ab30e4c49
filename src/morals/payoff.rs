//! The selfish reward: what the game pays the player. Also the extrinsic part of mixed rewards.

use super::sources::LLM;
use super::{Explanation, ListedTerm, MoralTerm, RoundView};
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

impl ListedTerm for Payoff {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "R_M",
        meaning: "The player's own payoff: the selfish reward, and the extrinsic part of a mixed one.",
        source: LLM,
        parameters: &[],
    };
}
