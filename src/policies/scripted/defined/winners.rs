//! Winners of a search over all small tables, and the rules for friendly rivals.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::MATHIEU_2015;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates twice, then by its own last move and the opponent's last two: after its own C it does what the opponent
/// did last; after its own D it cooperates only if the opponent has turned from C to D.
///
/// Names: winner12 (Mathieu & Delahaye 2015).
#[derive(Clone, Copy, Debug)]
pub struct Winner12;

impl StateRule for Winner12 {
    const NAME: &'static str = "winner12";

    /// Rounds, two at most; its own last move, and the opponent's last two, the older first.
    type State = (u8, bool, [bool; 2]);

    fn start(&self) -> (u8, bool, [bool; 2]) {
        (0, true, [true; 2])
    }

    fn chance(&self, &(rounds, own, [before, last]): &(u8, bool, [bool; 2])) -> f64 {
        certainly(rounds < 2 || if own { last } else { before && !last })
    }

    fn next(&self, &(rounds, _, [_, last]): &(u8, bool, [bool; 2]), own: bool, others: bool) -> (u8, bool, [bool; 2]) {
        ((rounds + 1).min(2), own, [last, others])
    }
}

impl ListedStrategy for Winner12 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates twice; then after its own C does what the opponent did last, and after its own D cooperates \
             only if the opponent has turned from C to D.",
        parameters: "",
        source: MATHIEU_2015,
    };
}

/// Plays D, C, then after its own C what the opponent did last; after its own D it cooperates only if the opponent has
/// cooperated twice.
///
/// Names: winner21 (Mathieu & Delahaye 2015).
#[derive(Clone, Copy, Debug)]
pub struct Winner21;

impl StateRule for Winner21 {
    const NAME: &'static str = "winner21";

    /// Rounds, two at most; its own last move, and the opponent's last two, the older first.
    type State = (u8, bool, [bool; 2]);

    fn start(&self) -> (u8, bool, [bool; 2]) {
        (0, true, [true; 2])
    }

    fn chance(&self, &(rounds, own, [before, last]): &(u8, bool, [bool; 2])) -> f64 {
        certainly(match rounds {
            0 => false,
            1 => true,
            _ if own => last,
            _ => before && last,
        })
    }

    fn next(&self, &(rounds, _, [_, last]): &(u8, bool, [bool; 2]), own: bool, others: bool) -> (u8, bool, [bool; 2]) {
        ((rounds + 1).min(2), own, [last, others])
    }
}

impl ListedStrategy for Winner21 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays D, C; then after its own C does what the opponent did last, and after its own D cooperates only \
             if the opponent has cooperated twice.",
        parameters: "",
        source: MATHIEU_2015,
    };
}
