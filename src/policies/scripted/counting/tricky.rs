//! Strategies that are not quite what they seem.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates for three rounds, and defects whenever the opponent has not defected in the last ten.
///
/// Names: Tricky Cooperator (Axelrod-Python, Karol Langner).
#[derive(Clone, Copy, Debug)]
pub struct TrickyCooperator;

impl StateRule for TrickyCooperator {
    const NAME: &'static str = "tricky_cooperator";

    /// Rounds, three at most, and rounds since the opponent's last defection, ten at most and as many as if it had
    /// defected never.
    type State = (u8, u8);

    fn start(&self) -> (u8, u8) {
        (0, 10)
    }

    fn chance(&self, &(rounds, quiet): &(u8, u8)) -> f64 {
        certainly(rounds < 3 || quiet < 10)
    }

    fn next(&self, &(rounds, quiet): &(u8, u8), _: bool, others: bool) -> (u8, u8) {
        ((rounds + 1).min(3), if others { (quiet + 1).min(10) } else { 0 })
    }
}

impl ListedStrategy for TrickyCooperator {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates for three rounds, then defects whenever the opponent has not defected in the last ten.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Defects, except that it cooperates after three defections in a row of an opponent that has ever cooperated.
///
/// Names: Tricky Defector (Axelrod-Python, Karol Langner).
#[derive(Clone, Copy, Debug)]
pub struct TrickyDefector;

impl StateRule for TrickyDefector {
    const NAME: &'static str = "tricky_defector";

    /// Whether the opponent has cooperated, and its defections in a row, three at most.
    type State = (bool, u8);

    fn start(&self) -> (bool, u8) {
        (false, 0)
    }

    fn chance(&self, &(cooperated, row): &(bool, u8)) -> f64 {
        certainly(cooperated && row == 3)
    }

    fn next(&self, &(cooperated, row): &(bool, u8), _: bool, others: bool) -> (bool, u8) {
        (cooperated || others, if others { 0 } else { (row + 1).min(3) })
    }
}

impl ListedStrategy for TrickyDefector {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects, but cooperates after three defections in a row of an opponent that has ever cooperated.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
