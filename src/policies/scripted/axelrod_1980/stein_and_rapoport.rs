//! Stein and Rapoport's entry: tit for tat with a test of chance.

use crate::fault::Fault;
use crate::policies::scripted::counts::{Count, Left, certainly, look_random};
use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use std::sync::Arc;

/// Cooperates four times, then plays tit for tat, or defects while the opponent looks random, which it tests before
/// every fifteenth round; where the number of rounds is fixed, it defects in the last two.
///
/// Names: Stein and Rapoport, submitted by William Stein and Amnon Rapoport; sixth of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct SteinAndRapoport;

/// [`SteinAndRapoport`] in matches of a known number of rounds, or of an unknown one.
#[derive(Clone, Copy, Debug)]
struct Testing(Left);

/// What a [`SteinAndRapoport`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tested {
    count: Count,
    random: bool,
    others: bool,
    left: Left,
}

impl StateRule for Testing {
    const NAME: &'static str = "stein_and_rapoport";

    type State = Tested;

    fn start(&self) -> Tested {
        Tested { count: Count::default(), random: false, others: true, left: self.0 }
    }

    fn chance(&self, state: &Tested) -> f64 {
        certainly(!state.left.is_within(2) && (state.count.rounds < 4 || (state.others && !state.random)))
    }

    fn next(&self, state: &Tested, _: bool, others: bool) -> Tested {
        let count = state.count.and(others);
        let is_due = (count.rounds + 1).is_multiple_of(15);
        let random = if is_due { look_random(count.cooperations(), count.defections) } else { state.random };
        Tested { count, random, others, left: state.left.fewer() }
    }
}

impl ForGame for SteinAndRapoport {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        Ok(Arc::new(Testing(Left(facts.rounds))))
    }
}

impl ListedStrategy for SteinAndRapoport {
    const EXPLANATION: Explanation = Explanation {
        name: Testing::NAME,
        rule: "Cooperates four times, then plays tit for tat, or defects while the opponent looks random, tested every \
             fifteen rounds; defects in the last two rounds where their number is fixed.",
        parameters: "",
        source: AXELROD_1980,
    };
}
