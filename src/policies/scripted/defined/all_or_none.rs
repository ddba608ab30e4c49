//! All-or-none: the best of the memory-two strategies.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::HILBE_2017;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// The last two rounds: what either did in the round before the last, and in the last; and the rounds, two at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TwoRounds {
    rounds: u8,
    before: [bool; 2],
    last: [bool; 2],
}

impl TwoRounds {
    const START: Self = Self { rounds: 0, before: [true; 2], last: [true; 2] };

    fn and(self, own: bool, others: bool) -> Self {
        Self { rounds: (self.rounds + 1).min(2), before: self.last, last: [own, others] }
    }
}

/// Cooperates twice, and then exactly if both players did the same in either of the last two rounds. With one round, it
/// would be win-stay, lose-shift.
///
/// Names: AON2 (Hilbe et al. 2017).
#[derive(Clone, Copy, Debug)]
pub struct AllOrNone2;

impl StateRule for AllOrNone2 {
    const NAME: &'static str = "all_or_none2";

    type State = TwoRounds;

    fn start(&self) -> TwoRounds {
        TwoRounds::START
    }

    fn chance(&self, past: &TwoRounds) -> f64 {
        let agreed = |[own, others]: [bool; 2]| own == others;
        certainly(past.rounds < 2 || (agreed(past.before) && agreed(past.last)))
    }

    fn next(&self, past: &TwoRounds, own: bool, others: bool) -> TwoRounds {
        past.and(own, others)
    }
}

impl ListedStrategy for AllOrNone2 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates twice, then exactly if both players did the same in each of the last two rounds.",
        parameters: "",
        source: HILBE_2017,
    };
}

/// Cooperates twice, and then after mutual defection, and if both did the same in each of the last two rounds.
///
/// Names: delayed AON1 (Hilbe et al. 2017).
#[derive(Clone, Copy, Debug)]
pub struct DelayedAllOrNone;

impl StateRule for DelayedAllOrNone {
    const NAME: &'static str = "delayed_all_or_none";

    type State = TwoRounds;

    fn start(&self) -> TwoRounds {
        TwoRounds::START
    }

    fn chance(&self, past: &TwoRounds) -> f64 {
        let agreed = |[own, others]: [bool; 2]| own == others;
        let both_defected = past.last == [false; 2];
        certainly(past.rounds < 2 || both_defected || (agreed(past.before) && agreed(past.last)))
    }

    fn next(&self, past: &TwoRounds, own: bool, others: bool) -> TwoRounds {
        past.and(own, others)
    }
}

impl ListedStrategy for DelayedAllOrNone {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates twice, then after mutual defection, and if both did the same in each of the last two rounds.",
        parameters: "",
        source: HILBE_2017,
    };
}
