//! Strategies with an opening of their own, and an answer to how it was met.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::PRISON_1998;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects five times and cooperates twice, then defects for ever if the opponent defected in both of the rounds after
/// the five, and cooperates for ever otherwise.
///
/// Names: Gradual Killer (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct GradualKiller;

impl StateRule for GradualKiller {
    const NAME: &'static str = "gradual_killer";

    /// Rounds, seven at most, and the opponent's defections in the two after the fifth.
    type State = (u8, u8);

    fn start(&self) -> (u8, u8) {
        (0, 0)
    }

    fn chance(&self, &(rounds, defections): &(u8, u8)) -> f64 {
        certainly(rounds >= 5 && defections < 2)
    }

    fn next(&self, &(rounds, defections): &(u8, u8), _: bool, others: bool) -> (u8, u8) {
        match rounds {
            5 | 6 => (rounds + 1, defections + u8::from(!others)),
            _ => ((rounds + 1).min(7), defections),
        }
    }
}

impl ListedStrategy for GradualKiller {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays D, D, D, D, D, C, C, then defects for ever if the opponent defected in both rounds 6 and 7, and \
             cooperates otherwise.",
        parameters: "",
        source: PRISON_1998,
    };
}
