//! The virtue of fairness reversed.

use super::sources::POPULATIONS;
use super::{Explanation, ListedTerm, MoralTerm, RoundView, inequality};
use bevy_ecs::prelude::Component;

/// Pays the [`inequality`] of the round's payoffs: 0 if all got the same (even nothing), 1 if one got everything.
///
/// A round voided by another seat's illegal completion pays every seat nothing and therefore counts as equal: 0.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct VirtueInequality;

impl MoralTerm for VirtueInequality {
    const NAME: &'static str = "virtue_inequality";

    fn reward(&self, round: &RoundView) -> f64 {
        inequality(round.payoffs)
    }
}

impl ListedTerm for VirtueInequality {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "|R_M - R_O| / (|R_M| + |R_O|); for n players (sum over pairs of |R_i - R_j|) / ((n - 1) * sum of |R_i|)",
        meaning: "Inequality of the round's payoffs: 0 if all got the same, 1 if one got everything. \
             A round that paid every player nothing (a voided one, too) is equal: 0.",
        source: POPULATIONS,
        parameters: &[],
    };

    const OPPOSITE: Option<&'static str> = Some("VirtueEquality");
}
