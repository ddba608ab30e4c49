//! Downing's entry: it estimates how the opponent answers, and does what pays against that.

use crate::fault::Fault;
use crate::games::normal_form::Rstp;
use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use std::sync::Arc;

/// Defects twice, then estimates how likely the opponent is to cooperate after its own cooperation and after its own
/// defection, and always plays what would pay more against such an opponent, or the other action than last where both
/// pay the same.
///
/// As in Axelrod-Python, the opponent's first move counts as the answer to a cooperation before the match, and there
/// are at least two defections to be answered.
///
/// Names: Downing, submitted by Leslie Downing; tenth of fifteen (Axelrod 1980; Downing 1975).
#[derive(Clone, Copy, Debug)]
pub struct Downing;

/// [`Downing`] with the payoffs of the game.
#[derive(Clone, Copy, Debug)]
struct Reckoning(Rstp);

/// What was counted of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answers {
    /// Its own cooperations and defections.
    own: [u32; 2],
    /// The opponent's cooperations in answer to each.
    answered: [u32; 2],
    /// What it did last; before the first round, cooperated.
    last: bool,
}

impl StateRule for Reckoning {
    const NAME: &'static str = "downing";

    type State = Answers;

    fn start(&self) -> Answers {
        Answers { own: [0; 2], answered: [0; 2], last: true }
    }

    fn chance(&self, state: &Answers) -> f64 {
        let Rstp { r, s, t, p } = self.0;
        let [cooperated, defected] = state.own;
        if cooperated + defected < 2 {
            return 0.0;
        }
        let after_c = f64::from(state.answered[0]) / f64::from(cooperated + 1);
        let after_d = f64::from(state.answered[1]) / f64::from(defected.max(2));
        let cooperating = after_c * r + (1.0 - after_c) * s;
        let defecting = after_d * t + (1.0 - after_d) * p;
        certainly(cooperating > defecting || (cooperating == defecting && !state.last))
    }

    fn next(&self, state: &Answers, own: bool, others: bool) -> Answers {
        let mut next = Answers { last: own, ..*state };
        next.own[usize::from(!own)] += 1;
        next.answered[usize::from(!state.last)] += u32::from(others);
        next
    }
}

impl ForGame for Downing {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        Ok(Arc::new(Reckoning(facts.payoffs_for("Downing")?)))
    }
}

impl ListedStrategy for Downing {
    const EXPLANATION: Explanation = Explanation {
        name: Reckoning::NAME,
        rule: "Defects twice, then always plays what pays more against an opponent that answers C and D as often with \
             C as this one has.",
        parameters: "",
        source: AXELROD_1980,
    };
}
