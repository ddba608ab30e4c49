//! CAPRI: a friendly rival that looks back three rounds.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// The histories of three rounds, oldest first, after which it cooperates, the player's own action first in each round.
const COOPERATES_AFTER: [[&str; 3]; 14] = [
    // Mutual cooperation goes on.
    ["CC", "CC", "CC"],
    // It accepts the punishment of a slip of its own.
    ["CC", "CC", "DC"],
    ["CC", "DC", "CD"],
    ["DC", "CD", "CC"],
    ["CD", "CC", "CC"],
    // It punishes the opponent's slip once.
    ["CC", "CD", "DC"],
    ["CD", "DC", "CC"],
    ["DC", "CC", "CC"],
    // It recovers from mutual defection once either has cooperated.
    ["DD", "DD", "DC"],
    ["DD", "DC", "CC"],
    ["DD", "DD", "CD"],
    ["DD", "CD", "CC"],
    ["DD", "DD", "CC"],
    ["DD", "CC", "CC"],
];

/// Cooperates at mutual cooperation, accepts punishment, punishes a defection once, recovers where either cooperates,
/// and defects otherwise: it is never beaten, and cooperates with its own kind despite noise.
///
/// Names: CAPRI (Murase & Baek 2020).
#[derive(Clone, Copy, Debug)]
pub struct Capri;

/// A round as it is written above.
type Round = [bool; 2];

impl StateRule for Capri {
    const NAME: &'static str = "capri";

    /// The last three rounds, oldest first; before the match both have always cooperated.
    type State = [Round; 3];

    fn start(&self) -> [Round; 3] {
        [[true; 2]; 3]
    }

    fn chance(&self, past: &[Round; 3]) -> f64 {
        let is = |written: &str, round: &Round| written.chars().zip(round).all(|(letter, &c)| (letter == 'C') == c);
        let fits = |rounds: &[&str; 3]| rounds.iter().zip(past).all(|(written, round)| is(written, round));
        certainly(COOPERATES_AFTER.iter().any(fits))
    }

    fn next(&self, &[_, before, last]: &[Round; 3], own: bool, others: bool) -> [Round; 3] {
        [before, last, [own, others]]
    }
}

impl ListedStrategy for Capri {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates at mutual cooperation, accepts punishment for a slip, punishes one once, recovers where \
             either cooperates, and defects otherwise.",
        parameters: "",
        source: "Murase & Baek 2020, Five Rules for Friendly Rivalry in Direct Reciprocity, Scientific Reports 10",
    };
}
