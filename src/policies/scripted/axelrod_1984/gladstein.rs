//! Gladstein's entry as his program plays it: as many defections as go unpunished.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects first, and for as long as the opponent never defects, it defects whenever more than half of its own moves
/// were cooperations. The first time that the opponent defects, it cooperates once and plays tit for tat from then on.
///
/// Names: Gladstein, submitted by David Gladstein; 46th of 63 (Axelrod 1980b, after the Fortran).
#[derive(Clone, Copy, Debug)]
pub struct Gladstein;

/// What a [`Gladstein`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Patsy {
    /// Nothing has happened.
    Begun,
    /// The opponent has never defected: its own cooperations minus its defections.
    Patient(i32),
    /// The opponent has just defected for the first time.
    Sorry,
    /// Tit for tat: whether the opponent cooperated last.
    Answers(bool),
}

impl StateRule for Gladstein {
    const NAME: &'static str = "gladstein";

    type State = Patsy;

    fn start(&self) -> Patsy {
        Patsy::Begun
    }

    fn chance(&self, state: &Patsy) -> f64 {
        certainly(match state {
            Patsy::Begun => false,
            Patsy::Patient(excess) => *excess <= 0,
            Patsy::Sorry => true,
            Patsy::Answers(others) => *others,
        })
    }

    fn next(&self, state: &Patsy, own: bool, others: bool) -> Patsy {
        let excess = match state {
            Patsy::Begun => 0,
            Patsy::Patient(excess) => *excess,
            Patsy::Sorry | Patsy::Answers(_) => return Patsy::Answers(others),
        };
        if others { Patsy::Patient(excess + if own { 1 } else { -1 }) } else { Patsy::Sorry }
    }
}

impl ListedStrategy for Gladstein {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects first and in half of the rounds until the opponent defects, then cooperates once and plays tit \
             for              tat.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
