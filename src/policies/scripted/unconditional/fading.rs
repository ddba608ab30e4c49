//! Strategies that change with time alone.

use crate::policies::scripted::sources::PRISON_1998;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Rounds after which nothing changes any more.
const ROUNDS: u16 = 1000;

/// Defects in round n with probability n / 1000: ever more often.
///
/// Names: Worse and Worse (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct WorseAndWorse;

impl StateRule for WorseAndWorse {
    const NAME: &'static str = "worse_and_worse";

    /// The coming round's number, from 1.
    type State = u16;

    fn start(&self) -> u16 {
        1
    }

    fn chance(&self, round: &u16) -> f64 {
        1.0 - f64::from(*round) / f64::from(ROUNDS)
    }

    fn next(&self, round: &u16, _: bool, _: bool) -> u16 {
        (round + 1).min(ROUNDS)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for WorseAndWorse {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects in round n with probability n / 1000, and always from round 1000 on.",
        parameters: "",
        source: PRISON_1998,
    };

    const ANSWERS_NOBODY: bool = true;
}

/// Cooperates in round n with probability n / 1000: ever more often.
///
/// Names: Better and Better (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct BetterAndBetter;

impl StateRule for BetterAndBetter {
    const NAME: &'static str = "better_and_better";

    /// The coming round's number, from 1.
    type State = u16;

    fn start(&self) -> u16 {
        1
    }

    fn chance(&self, round: &u16) -> f64 {
        f64::from(*round) / f64::from(ROUNDS)
    }

    fn next(&self, round: &u16, _: bool, _: bool) -> u16 {
        (round + 1).min(ROUNDS)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for BetterAndBetter {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates in round n with probability n / 1000, and always from round 1000 on.",
        parameters: "",
        source: PRISON_1998,
    };

    const ANSWERS_NOBODY: bool = true;
}
