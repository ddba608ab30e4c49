//! Grim: the harshest way to punish.

use super::{Explanation, ListedStrategy, MatchView, Recall, Strategy};
use crate::games::Action;
use crate::rng::Stream;

/// Cooperates until the opponent's first defection, then never again.
///
/// It depends on the opponent's actions in the match alone: a slip of its own does not set it off, and a made-up
/// opening is answered once and then forgotten. It reads the match back to its last defection, so a long harmonious
/// match costs time that grows with its length.
///
/// Names: Grim trigger (Friedman 1971); submitted by James W. Friedman (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Grim;

impl Strategy for Grim {
    fn name(&self) -> &str {
        Self::EXPLANATION.name
    }

    fn decide(&self, view: &MatchView, _: &mut Stream) -> Action {
        let last_defected = matches!(view.recall(), Recall::Last { others: false, .. });
        let defected = last_defected || view.others_cooperated().any(|cooperated| !cooperated);
        view.moves.action(!defected)
    }

    fn cooperation(&self, recall: Recall) -> Option<f64> {
        match recall {
            Recall::Start => Some(1.0),
            Recall::Last { others: true, .. } => None,
            Recall::Last { others: false, .. } => Some(0.0),
        }
    }

    fn draws(&self) -> bool {
        false
    }
}

impl ListedStrategy for Grim {
    const EXPLANATION: Explanation = Explanation {
        name: "grim",
        rule: "Cooperates until the opponent's first defection, then never again.",
        parameters: "",
        source: "Friedman 1971, A Non-cooperative Equilibrium for Supergames, Review of Economic Studies 38",
    };
}
