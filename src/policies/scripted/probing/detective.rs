//! Detective: it defects once, and exploits those who let that pass.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Plays C, D, C, C, then tit for tat if the opponent defected in any of these rounds, and defects for ever otherwise.
///
/// Names: Detective (Case 2017).
#[derive(Clone, Copy, Debug)]
pub struct Detective;

/// What a [`Detective`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inquiry {
    /// Rounds, four at most.
    rounds: u8,
    /// Whether the opponent defected in the first four.
    defected: bool,
    /// Whether the opponent cooperated last.
    others: bool,
}

impl StateRule for Detective {
    const NAME: &'static str = "detective";

    type State = Inquiry;

    fn start(&self) -> Inquiry {
        Inquiry { rounds: 0, defected: false, others: true }
    }

    fn chance(&self, state: &Inquiry) -> f64 {
        certainly(match state.rounds {
            1 => false,
            0..4 => true,
            _ => state.defected && state.others,
        })
    }

    fn next(&self, state: &Inquiry, _: bool, others: bool) -> Inquiry {
        let defected = state.defected || (state.rounds < 4 && !others);
        Inquiry { rounds: (state.rounds + 1).min(4), defected, others }
    }
}

impl ListedStrategy for Detective {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays C, D, C, C, then tit for tat if the opponent defected meanwhile, and defects for ever otherwise.",
        parameters: "",
        source: "Case 2017, The Evolution of Trust, https://ncase.me/trust",
    };
}
