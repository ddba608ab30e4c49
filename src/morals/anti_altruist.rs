//! The altruist reward reversed.

use super::sources::POPULATIONS_CODE;
use super::{Explanation, ListedTerm, MoralTerm, RoundView, co_players_payoff};
use bevy_ecs::prelude::Component;

/// Pays minus the co-players' payoff; with more than two seats, minus the sum over all co-players.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct AntiAltruist;

impl MoralTerm for AntiAltruist {
    const NAME: &'static str = "anti_altruist";

    fn reward(&self, round: &RoundView) -> f64 {
        // Not unary minus, so that the negative of nothing is 0 and never -0.
        0.0 - co_players_payoff(round)
    }
}

impl ListedTerm for AntiAltruist {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "-(sum of R_O)",
        meaning: "Minus the payoffs of the co-players, summed.",
        source: POPULATIONS_CODE,
        parameters: &[],
    };

    const OPPOSITE: Option<&'static str> = Some("Altruist");
}
