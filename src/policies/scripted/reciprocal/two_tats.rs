//! Tit for tat with two tits or two tats.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::{AXELROD_1984, PRISON_1998};
use crate::policies::scripted::{Explanation, ListedStrategy, Recall, StateRule};

/// Defects only after two defections in a row.
///
/// Names: Tit for Two Tats (Axelrod 1984).
#[derive(Clone, Copy, Debug)]
pub struct TitForTwoTats;

impl StateRule for TitForTwoTats {
    const NAME: &'static str = "tit_for_two_tats";

    /// Defections in a row, two at most.
    type State = u8;

    fn start(&self) -> u8 {
        0
    }

    fn chance(&self, defections: &u8) -> f64 {
        certainly(*defections < 2)
    }

    fn next(&self, defections: &u8, _: bool, others: bool) -> u8 {
        if others { 0 } else { (defections + 1).min(2) }
    }

    fn after(&self, recall: Recall) -> Option<f64> {
        match recall {
            Recall::Start | Recall::Last { others: true, .. } => Some(1.0),
            Recall::Last { others: false, .. } => None,
        }
    }
}

impl ListedStrategy for TitForTwoTats {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects only after two defections in a row.",
        parameters: "",
        source: AXELROD_1984,
    };
}

/// Answers each defection with two: defects if the opponent defected in either of the last two rounds.
///
/// Names: Two Tits for Tat (Axelrod 1984).
#[derive(Clone, Copy, Debug)]
pub struct TwoTitsForTat;

impl StateRule for TwoTitsForTat {
    const NAME: &'static str = "two_tits_for_tat";

    /// Defections that are due.
    type State = u8;

    fn start(&self) -> u8 {
        0
    }

    fn chance(&self, due: &u8) -> f64 {
        certainly(*due == 0)
    }

    fn next(&self, due: &u8, _: bool, others: bool) -> u8 {
        if others { due.saturating_sub(1) } else { 2 }
    }

    fn after(&self, recall: Recall) -> Option<f64> {
        match recall {
            Recall::Start => Some(1.0),
            Recall::Last { others: true, .. } => None,
            Recall::Last { others: false, .. } => Some(0.0),
        }
    }
}

impl ListedStrategy for TwoTitsForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects if the opponent defected in either of the last two rounds.",
        parameters: "",
        source: AXELROD_1984,
    };
}

/// Cooperates twice, then does what the opponent did in both of the last two rounds, or what it did itself where these
/// differ.
///
/// Names: Slow Tit for Tat (PRISON 1998); Slow Tit for Two Tats 2 (Axelrod-Python).
#[derive(Clone, Copy, Debug)]
pub struct SlowTitForTat;

/// What a [`SlowTitForTat`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slow {
    /// What the opponent did last; `None` before the first round.
    others: Option<bool>,
    /// Whether it is to cooperate.
    answer: bool,
}

impl StateRule for SlowTitForTat {
    const NAME: &'static str = "slow_tit_for_tat";

    type State = Slow;

    fn start(&self) -> Slow {
        Slow { others: None, answer: true }
    }

    fn chance(&self, state: &Slow) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Slow, own: bool, others: bool) -> Slow {
        let answer = match state.others {
            None => true,
            Some(before) if before == others => others,
            Some(_) => own,
        };
        Slow { others: Some(others), answer }
    }
}

impl ListedStrategy for SlowTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates twice, then does what the opponent did twice in a row, and repeats itself otherwise.",
        parameters: "",
        source: PRISON_1998,
    };
}
