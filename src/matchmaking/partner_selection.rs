//! Partner selection: every agent picks whom it plays with, and no agent can refuse.

use super::{Explanation, ListedMatchmaker};
use crate::rng::Stream;
use crate::world::{AgentId, Matchmaker, People, Sizes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Puts every agent in a match with a partner of its choice ([`ChoosesPartner`](crate::world::ChoosesPartner)); the
/// chooser sits first. The systems in `partners.rs` make the choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct PartnerSelection {
    /// Reproduces a bug in the released code of Tennant et al. 2024 that the published numbers depend on: agents that
    /// were picked are judged by their own last move instead of their opponent's.
    pub selected_judged_by_own_move: bool,
}

impl Matchmaker for PartnerSelection {
    fn pair(&self, _: &People, _: usize, _: &mut Stream) -> Vec<AgentId> {
        Vec::new()
    }

    fn matches(&self, sizes: &Sizes, _: u64) -> u64 {
        sizes.agents()
    }

    fn summary(&self) -> String {
        "each agent picks a partner".into()
    }

    /// The match it picks, and on average one that it is picked for.
    fn seats_of(&self, _: &Sizes, _: u64, _: usize) -> f64 {
        2.0
    }

    fn seats_two(&self) -> Option<&'static str> {
        Self::SEATS_TWO
    }

    fn is_by_choice(&self) -> bool {
        true
    }

    fn second_judged_by_own_move(&self) -> bool {
        self.selected_judged_by_own_move
    }
}

impl ListedMatchmaker for PartnerSelection {
    const EXPLANATION: Explanation = Explanation {
        name: "partner_selection",
        example: "PartnerSelection()",
        meaning: "Every agent picks a partner each tick, by the last moves of all others, and plays it; nobody can \
                  refuse. Networks and language models learn whom to pick, others pick at random.",
        source: "Tennant, Hailes & Musolesi 2024, Dynamics of moral behavior in heterogeneous populations of \
                 learning agents, AIES (arXiv 2403.04202)",
    };

    const SEATS_TWO: Option<&'static str> = Some("partners");
}
