//! Downing's second entry: it thinks well of the opponent first.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Estimates how likely the opponent is to cooperate after its own cooperation (1 at first) and after its own defection
/// (0 at first), and does what pays against that with Axelrod's payoffs 5, 3, 1, 0: cooperate, alternate, or defect.
///
/// It reckons with these payoffs in every game, as the program of the tournament does.
///
/// Names: Revised Downing, submitted by Leslie Downing; 40th of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct RevisedDowning;

/// What a [`RevisedDowning`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Estimates {
    /// Its own cooperations and defections that have been answered, and the cooperations among the answers.
    own: [u32; 2],
    answered: [u32; 2],
    /// What it did last; `None` before the first round.
    last: Option<bool>,
}

impl StateRule for RevisedDowning {
    const NAME: &'static str = "revised_downing";

    type State = Estimates;

    fn start(&self) -> Estimates {
        Estimates { own: [0; 2], answered: [0; 2], last: None }
    }

    fn chance(&self, state: &Estimates) -> f64 {
        let Some(last) = state.last else { return 1.0 };
        let estimate = |action: usize, at_first: f64| match state.own[action] {
            0 => at_first,
            own => f64::from(state.answered[action]) / f64::from(own),
        };
        let (good, bad) = (estimate(0, 1.0), estimate(1, 0.0));
        // What cooperating and alternating bring beyond defecting.
        let cooperating = 6.0 * good - 8.0 * bad - 2.0;
        let alternating = 4.0 * good - 5.0 * bad - 1.0;
        if cooperating >= 0.0 && cooperating >= alternating { 1.0 } else { certainly(alternating >= 0.0 && !last) }
    }

    fn next(&self, state: &Estimates, own: bool, others: bool) -> Estimates {
        let mut next = Estimates { last: Some(own), ..*state };
        if let Some(before) = state.last {
            next.own[usize::from(!before)] += 1;
            next.answered[usize::from(!before)] += u32::from(others);
        }
        next
    }
}

impl ListedStrategy for RevisedDowning {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates, alternates or defects, whichever pays most by its estimates of how the opponent answers C \
             and D.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
