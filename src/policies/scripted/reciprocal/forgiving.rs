//! Strategies that forgive those who seldom defect.

use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects while the opponent has defected in more than a tenth of the rounds.
///
/// Names: Forgiver (Axelrod-Python, Thomas Campbell).
#[derive(Clone, Copy, Debug)]
pub struct Forgiver;

impl StateRule for Forgiver {
    const NAME: &'static str = "forgiver";

    type State = Count;

    fn start(&self) -> Count {
        Count::default()
    }

    fn chance(&self, count: &Count) -> f64 {
        certainly(10 * count.defections <= count.rounds)
    }

    fn next(&self, count: &Count, _: bool, others: bool) -> Count {
        count.and(others)
    }
}

impl ListedStrategy for Forgiver {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects while the opponent has defected in more than a tenth of the rounds.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Plays tit for tat while the opponent has defected in more than a tenth of the rounds, and cooperates otherwise.
///
/// Names: Forgiving Tit for Tat (Axelrod-Python, Thomas Campbell).
#[derive(Clone, Copy, Debug)]
pub struct ForgivingTitForTat;

impl StateRule for ForgivingTitForTat {
    const NAME: &'static str = "forgiving_tit_for_tat";

    /// What was counted, and whether the opponent defected last.
    type State = (Count, bool);

    fn start(&self) -> (Count, bool) {
        (Count::default(), false)
    }

    fn chance(&self, &(count, defected): &(Count, bool)) -> f64 {
        certainly(!defected || 10 * count.defections <= count.rounds)
    }

    fn next(&self, &(count, _): &(Count, bool), _: bool, others: bool) -> (Count, bool) {
        (count.and(others), !others)
    }
}

impl ListedStrategy for ForgivingTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects after a defection if the opponent has defected in more than a tenth of the rounds.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
