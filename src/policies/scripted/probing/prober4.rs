//! Prober 4: a long opening, and a count of how it was met.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::PRISON_1998;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// The opening: whether it cooperates.
const OPENING: [bool; 20] = {
    const C: bool = true;
    const D: bool = false;
    [C, C, D, C, D, D, D, C, C, D, C, D, C, C, D, C, D, D, C, D]
};

/// The end of the rounds in which it cooperates to make amends.
const AMENDS: u8 = 25;

/// Plays a fixed opening of twenty moves, and counts the opponent's defections in the first nineteen, apart by whether
/// it had defected itself in the same round. Where the two counts differ by two at most, defections mean nothing to the
/// opponent, and it defects for ever; otherwise it cooperates five times and plays tit for tat.
///
/// Names: Prober 4 (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct Prober4;

/// What a [`Prober4`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LongProbe {
    /// Rounds, to the end of the amends at most.
    rounds: u8,
    /// Defections against its own defections minus those against its cooperations.
    excess: i8,
    /// Whether the opponent cooperated last.
    others: bool,
}

impl StateRule for Prober4 {
    const NAME: &'static str = "prober4";

    type State = LongProbe;

    fn start(&self) -> LongProbe {
        LongProbe { rounds: 0, excess: 0, others: true }
    }

    fn chance(&self, state: &LongProbe) -> f64 {
        certainly(match OPENING.get(usize::from(state.rounds)) {
            Some(cooperates) => *cooperates,
            None if state.excess.abs() <= 2 => false,
            None => state.rounds < AMENDS || state.others,
        })
    }

    fn next(&self, state: &LongProbe, own: bool, others: bool) -> LongProbe {
        let counts = usize::from(state.rounds) + 1 < OPENING.len() && !others;
        let excess = match (counts, own) {
            (false, _) => state.excess,
            (true, false) => state.excess + 1,
            (true, true) => state.excess - 1,
        };
        LongProbe { rounds: (state.rounds + 1).min(AMENDS), excess, others }
    }
}

impl ListedStrategy for Prober4 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays a fixed opening of twenty moves, then defects for ever if defections met its C about as often as \
             its D; otherwise cooperates five times and plays tit for tat.",
        parameters: "",
        source: PRISON_1998,
    };
}
