//! Tit for tat and its kin: strategies that repay what the opponent did.

use super::{MatchView, MemoryOneRule, Recall, Strategy};
use crate::games::Action;
use crate::rng::Stream;

/// Cooperates first, then does what the opponent did.
///
/// Names: Tit for Tat, submitted by Anatol Rapoport (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct TitForTat;

impl MemoryOneRule for TitForTat {
    const NAME: &'static str = "tit_for_tat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 1.0,
            Recall::Last { others: false, .. } => 0.0,
        }
    }
}

/// Defects first, then does what the opponent did.
///
/// Names: Suspicious Tit for Tat (Boyd & Lorberbaum 1987).
#[derive(Clone, Copy, Debug)]
pub struct SuspiciousTitForTat;

impl MemoryOneRule for SuspiciousTitForTat {
    const NAME: &'static str = "suspicious_tit_for_tat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Last { others: true, .. } => 1.0,
            Recall::Start | Recall::Last { others: false, .. } => 0.0,
        }
    }
}

/// Tit for tat that forgives a defection with probability `p`.
///
/// Names: Generous Tit for Tat (Nowak & Sigmund 1992).
#[derive(Clone, Copy, Debug)]
pub struct GenerousTitForTat {
    /// Probability of cooperating after a defection.
    pub p: f64,
}

impl MemoryOneRule for GenerousTitForTat {
    const NAME: &'static str = "generous_tit_for_tat";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => 1.0,
            Recall::Last { others: false, .. } => self.p,
        }
    }
}

/// Defects only after two defections in a row.
///
/// Names: Tit for Two Tats (Axelrod 1984).
#[derive(Clone, Copy, Debug)]
pub struct TitForTwoTats;

impl Strategy for TitForTwoTats {
    fn name(&self) -> &str {
        "tit_for_two_tats"
    }

    fn decide(&self, view: &MatchView, _: &mut Stream) -> Action {
        let last_defected = matches!(view.recall(), Recall::Last { others: false, .. });
        let twice = last_defected && view.others_cooperated().nth(1) == Some(false);
        view.moves.action(!twice)
    }

    fn cooperation(&self, recall: Recall) -> Option<f64> {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => Some(1.0),
            Recall::Last { others: false, .. } => None,
        }
    }

    fn draws(&self) -> bool {
        false
    }
}

/// Answers each defection with two: defects if the opponent defected in either of the last two rounds.
///
/// Names: Two Tits for Tat (Axelrod 1984).
#[derive(Clone, Copy, Debug)]
pub struct TwoTitsForTat;

impl Strategy for TwoTitsForTat {
    fn name(&self) -> &str {
        "two_tits_for_tat"
    }

    fn decide(&self, view: &MatchView, _: &mut Stream) -> Action {
        let last_defected = matches!(view.recall(), Recall::Last { others: false, .. });
        let defected = last_defected || view.others_cooperated().nth(1) == Some(false);
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
