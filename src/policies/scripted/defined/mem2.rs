//! MEM2: it chooses between three strategies by the last two rounds.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Plays tit for tat for two rounds, then chooses again every two: tit for tat after mutual cooperation, tit for two
/// tats after an echo (CD and DC in either order), and defection after all else, which it keeps for ever the second
/// time.
///
/// Names: MEM2 (Li & Kendall 2014).
#[derive(Clone, Copy, Debug)]
pub struct Mem2;

/// What a [`Mem2`] plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Tit for tat.
    Strict,
    /// Tit for two tats.
    Patient,
    /// Always defect.
    Defection,
}

/// What a [`Mem2`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    mode: Mode,
    /// How often it has chosen defection, two at most.
    defections: u8,
    /// Whether the number of rounds is odd.
    odd: bool,
    /// The last two rounds, the older first, its own action first in each.
    past: [[bool; 2]; 2],
}

impl StateRule for Mem2 {
    const NAME: &'static str = "mem2";

    type State = Choice;

    fn start(&self) -> Choice {
        Choice { mode: Mode::Strict, defections: 0, odd: false, past: [[true; 2]; 2] }
    }

    fn chance(&self, state: &Choice) -> f64 {
        let [[_, before], [_, last]] = state.past;
        certainly(match state.mode {
            Mode::Strict => last,
            Mode::Patient => before || last,
            Mode::Defection => false,
        })
    }

    fn next(&self, state: &Choice, own: bool, others: bool) -> Choice {
        let past = [state.past[1], [own, others]];
        let next = Choice { odd: !state.odd, past, ..*state };
        if next.odd || next.defections == 2 {
            return next;
        }
        match past {
            [[true, true], [true, true]] => Choice { mode: Mode::Strict, ..next },
            [[a, b], [c, d]] if a != b && c != d && a != c => Choice { mode: Mode::Patient, ..next },
            _ => Choice { mode: Mode::Defection, defections: next.defections + 1, ..next },
        }
    }
}

impl ListedStrategy for Mem2 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Chooses every two rounds: tit for tat after mutual cooperation, tit for two tats after an echo, \
             otherwise defection, for ever the second time.",
        parameters: "",
        source: "Li & Kendall 2014, The Effect of Memory Size on the Evolutionary Stability of Strategies in Iterated \
             Prisoner's Dilemma, IEEE Trans. Evolutionary Computation 18",
    };
}
