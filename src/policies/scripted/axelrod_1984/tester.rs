//! Tester: Gladstein's entry as Axelrod describes it.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Defects first, cooperates twice, and alternates for as long as the opponent never defects. The first time that it
/// does, it cooperates once and plays tit for tat from then on.
///
/// Names: Tester, submitted by David Gladstein; 46th of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Tester;

/// What a [`Tester`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// The opponent has never defected: rounds, three at most, and what it did itself last.
    Open(u8, bool),
    /// The opponent has just defected for the first time.
    Sorry,
    /// Tit for tat: whether the opponent cooperated last.
    Answers(bool),
}

impl StateRule for Tester {
    const NAME: &'static str = "tester";

    type State = Test;

    fn start(&self) -> Test {
        Test::Open(0, true)
    }

    fn chance(&self, state: &Test) -> f64 {
        certainly(match state {
            Test::Open(0, _) => false,
            Test::Open(1 | 2, _) | Test::Sorry => true,
            Test::Open(_, own) => !own,
            Test::Answers(others) => *others,
        })
    }

    fn next(&self, state: &Test, own: bool, others: bool) -> Test {
        match (state, others) {
            (Test::Open(rounds, _), true) => Test::Open((rounds + 1).min(3), own),
            (Test::Open(..), false) => Test::Sorry,
            (Test::Sorry | Test::Answers(_), others) => Test::Answers(others),
        }
    }
}

impl ListedStrategy for Tester {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays D, C, C and alternates until the opponent defects, then cooperates once and plays tit for tat.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
