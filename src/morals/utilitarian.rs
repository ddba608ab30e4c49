//! Consequentialist: the greatest sum of payoffs.

use super::sources::LLM;
use super::{Explanation, ListedTerm, MoralTerm, RoundView};
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

impl ListedTerm for Utilitarian {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "R_M + sum of R_O",
        meaning: "The sum of all payoffs of the round.",
        source: LLM,
        parameters: &[],
    };

    const OPPOSITE: Option<&'static str> = Some("AntiUtilitarian");
}
