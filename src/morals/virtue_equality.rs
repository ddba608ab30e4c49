//! The virtue of fairness: equal payoffs.

use super::sources::DYADS;
use super::{Explanation, ListedTerm, MoralTerm, RoundView, inequality};
use bevy_ecs::prelude::Component;

/// Pays 1 minus the [`inequality`] of the round's payoffs: 1 if all got the same (even nothing), 0 if one got
/// everything.
///
/// A round voided by another seat's illegal completion pays every seat nothing and therefore counts as equal: 1.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct VirtueEquality;

impl MoralTerm for VirtueEquality {
    const NAME: &'static str = "virtue_equality";

    fn reward(&self, round: &RoundView) -> f64 {
        1.0 - inequality(round.payoffs)
    }
}

impl ListedTerm for VirtueEquality {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        formula: "1 - |R_M - R_O| / (|R_M| + |R_O|); for n players 1 - (sum over pairs of |R_i - R_j|) / ((n - 1) * sum of |R_i|)",
        meaning: "Equality of the round's payoffs: 1 if all got the same, 0 if one got everything. \
             A round that paid every player nothing (a voided one, too) is equal: 1.",
        source: DYADS,
        parameters: &[],
    };

    const OPPOSITE: Option<&'static str> = Some("VirtueInequality");
}
