//! Tit for tat with a longer memory for offences.

use crate::policies::scripted::counts::{Recent, certainly};
use crate::policies::scripted::sources::STEWART_2012;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects if the opponent defected in any of the last three rounds.
///
/// Names: Hard Tit for Tat (prisoners-dilemma.com 2017).
#[derive(Clone, Copy, Debug)]
pub struct HardTitForTat;

impl StateRule for HardTitForTat {
    const NAME: &'static str = "hard_tit_for_tat";

    /// Defections that are due.
    type State = u8;

    fn start(&self) -> u8 {
        0
    }

    fn chance(&self, due: &u8) -> f64 {
        certainly(*due == 0)
    }

    fn next(&self, due: &u8, _: bool, others: bool) -> u8 {
        if others { due.saturating_sub(1) } else { 3 }
    }
}

impl ListedStrategy for HardTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects if the opponent defected in any of the last three rounds.",
        parameters: "",
        source: "prisoners-dilemma.com 2017, http://www.prisoners-dilemma.com/competition.html",
    };
}

/// Defects if the opponent defected twice in a row within the last three rounds.
///
/// Names: Hard Tit for Two Tats (Stewart & Plotkin 2012).
#[derive(Clone, Copy, Debug)]
pub struct HardTitForTwoTats;

impl StateRule for HardTitForTwoTats {
    const NAME: &'static str = "hard_tit_for_two_tats";

    type State = Recent;

    fn start(&self) -> Recent {
        Recent::default()
    }

    fn chance(&self, recent: &Recent) -> f64 {
        certainly(!(recent.defected(2) && (recent.defected(1) || recent.defected(3))))
    }

    fn next(&self, recent: &Recent, _: bool, others: bool) -> Recent {
        recent.and(others, 3)
    }
}

impl ListedStrategy for HardTitForTwoTats {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects if the opponent defected twice in a row within the last three rounds.",
        parameters: "",
        source: STEWART_2012,
    };
}
