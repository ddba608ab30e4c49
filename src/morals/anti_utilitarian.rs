//! The utilitarian reward reversed.

use super::sources::POPULATIONS;
use super::{Explanation, ListedTerm, MoralTerm, RoundView};
use bevy_ecs::prelude::Component;

/// Pays minus the sum of all payoffs of the round; with more than two seats, over all of them.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct AntiUtilitarian;

impl MoralTerm for AntiUtilitarian {
    const NAME: &'static str = "anti_utilitarian";

    fn reward(&self, round: &RoundView) -> f64 {
        // Not unary minus, so that the negative of nothing is 0 and never -0.
        0.0 - round.payoffs.iter().sum::<f64>()
    }
}

impl ListedTerm for AntiUtilitarian {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "-(R_M + sum of R_O)",
        meaning: "Minus the sum of all payoffs of the round.",
        source: POPULATIONS,
        parameters: &[],
    };

    const OPPOSITE: Option<&'static str> = Some("Utilitarian");
}
