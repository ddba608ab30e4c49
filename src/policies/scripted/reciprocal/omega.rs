//! Omega tit for tat: it breaks out of echoes, and gives up on the random.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Rounds of an echo (C against D, then D against C) after which it cooperates twice.
const DEADLOCK: u8 = 3;

/// Points for randomness from which on it defects.
const RANDOMNESS: i32 = 8;

/// Tit for tat that cooperates twice to end an echo, and defects against opponents that have changed or differed from
/// it too often; an opponent that cooperates twice in a row loses a point of that.
///
/// The points may fall without end, so there is no finite automaton.
///
/// Names: Omega Tit for Tat (Slany & Kienreich 2007).
#[derive(Clone, Copy, Debug)]
pub struct OmegaTitForTat;

/// What an [`OmegaTitForTat`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Omega {
    /// What the opponent did last; `None` before the first round.
    others: Option<bool>,
    /// Points for randomness.
    randomness: i32,
    /// Changes of the opponent in a row.
    deadlock: u8,
    /// Whether it is to cooperate.
    answer: bool,
}

impl StateRule for OmegaTitForTat {
    const NAME: &'static str = "omega_tit_for_tat";

    type State = Omega;

    fn start(&self) -> Omega {
        Omega { others: None, randomness: 0, deadlock: 0, answer: true }
    }

    fn chance(&self, state: &Omega) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Omega, own: bool, others: bool) -> Omega {
        let Some(before) = state.others else {
            return Omega { others: Some(others), answer: others, ..*state };
        };
        let state = Omega { others: Some(others), ..*state };
        if state.deadlock >= DEADLOCK {
            // The first of the two cooperations, or the second.
            let deadlock = if state.deadlock == DEADLOCK { DEADLOCK + 1 } else { 0 };
            return Omega { deadlock, answer: true, ..state };
        }
        let changed = others != before;
        let points = i32::from(changed) + i32::from(own != others) - i32::from(others && before);
        let randomness = state.randomness + points;
        if randomness >= RANDOMNESS {
            return Omega { randomness, answer: false, ..state };
        }
        Omega { randomness, deadlock: if changed { state.deadlock + 1 } else { 0 }, answer: others, ..state }
    }
}

impl ListedStrategy for OmegaTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, cooperates twice to end an echo of three rounds, and defects against what looks \
             random.",
        parameters: "",
        source: "Slany & Kienreich 2007, On some winning strategies for the iterated prisoner's dilemma, in Kendall, \
             Yao & Chong (eds.), The Iterated Prisoners' Dilemma: 20 Years On",
    };
}
