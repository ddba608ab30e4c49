//! Consequentialist for others only.

use super::sources::POPULATIONS_CODE;
use super::{Explanation, ListedTerm, MoralTerm, RoundView, co_players_payoff};
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

impl ListedTerm for Altruist {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "sum of R_O",
        meaning: "The payoffs of the co-players, summed; the player's own does not count.",
        source: POPULATIONS_CODE,
        parameters: &[],
    };

    const OPPOSITE: Option<&'static str> = Some("AntiAltruist");
}
