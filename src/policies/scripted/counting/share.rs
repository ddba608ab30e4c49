//! Strategies that weigh cooperations against defections.

use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::{ANDRE_2013, PRISON_1998};
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects after a defection unless the opponent has cooperated more than twice as often as it defected.
///
/// Names: Doubler (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct Doubler;

impl StateRule for Doubler {
    const NAME: &'static str = "doubler";

    /// What was counted, and whether the opponent defected last.
    type State = (Count, bool);

    fn start(&self) -> (Count, bool) {
        (Count::default(), false)
    }

    fn chance(&self, &(count, defected): &(Count, bool)) -> f64 {
        certainly(!defected || count.cooperations() > 2 * count.defections)
    }

    fn next(&self, &(count, _): &(Count, bool), _: bool, others: bool) -> (Count, bool) {
        (count.and(others), !others)
    }
}

impl ListedStrategy for Doubler {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects after a defection unless the opponent has cooperated more than twice as often as it defected.",
        parameters: "",
        source: PRISON_1998,
    };
}

/// Cooperates for three rounds, then does what the opponent has done mostly, and its last move where both are as many.
///
/// Names: VeryBad (André et al. 2013).
#[derive(Clone, Copy, Debug)]
pub struct VeryBad;

impl StateRule for VeryBad {
    const NAME: &'static str = "very_bad";

    /// What was counted, and whether the opponent defected last.
    type State = (Count, bool);

    fn start(&self) -> (Count, bool) {
        (Count::default(), false)
    }

    fn chance(&self, &(count, defected): &(Count, bool)) -> f64 {
        let excess = count.cooperations().cmp(&count.defections);
        certainly(count.rounds < 3 || excess.is_gt() || (excess.is_eq() && !defected))
    }

    fn next(&self, &(count, _): &(Count, bool), _: bool, others: bool) -> (Count, bool) {
        (count.and(others), !others)
    }
}

impl ListedStrategy for VeryBad {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates for three rounds, then does what the opponent has done mostly; in a tie, its last move.",
        parameters: "",
        source: ANDRE_2013,
    };
}
