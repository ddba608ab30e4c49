//! Strategies that count defections, and betray at an end that they know of.

use crate::fault::Fault;
use crate::policies::scripted::counts::{Left, certainly};
use crate::policies::scripted::sources::{AXELROD_PYTHON, LESS_WRONG_2011};
use crate::policies::scripted::{Explanation, ForGame, ListedStrategy, MatchFacts, StateRule, Strategy};
use crate::rng::Stream;
use std::sync::Arc;

/// Forgives three defections and none after that; where the number of rounds is fixed, it defects in the last two.
///
/// Names: BackStabber (Axelrod-Python, Thomas Campbell).
#[derive(Clone, Copy, Debug)]
pub struct BackStabber;

/// [`BackStabber`] in matches of a known number of rounds, or of an unknown one.
#[derive(Clone, Copy, Debug)]
struct Stabbing(Left);

impl StateRule for Stabbing {
    const NAME: &'static str = "back_stabber";

    /// Defections, four at most, and the rounds that are left.
    type State = (u8, Left);

    fn start(&self) -> (u8, Left) {
        (0, self.0)
    }

    fn chance(&self, &(defections, left): &(u8, Left)) -> f64 {
        certainly(defections < 4 && !left.is_within(2))
    }

    fn next(&self, &(defections, left): &(u8, Left), _: bool, others: bool) -> (u8, Left) {
        ((defections + u8::from(!others)).min(4), left.fewer())
    }
}

impl ForGame for BackStabber {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        Ok(Arc::new(Stabbing(Left(facts.rounds))))
    }
}

impl ListedStrategy for BackStabber {
    const EXPLANATION: Explanation = Explanation {
        name: Stabbing::NAME,
        rule: "Cooperates until the opponent's fourth defection, and defects in the last two rounds where their number \
             is fixed.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Tit for tat that defects for ever after five defections; where the number of rounds is fixed, it defects in the
/// last.
///
/// Names: Eugine Nier (LessWrong 2011).
#[derive(Clone, Copy, Debug)]
pub struct EugineNier;

/// [`EugineNier`] in matches of a known number of rounds, or of an unknown one.
#[derive(Clone, Copy, Debug)]
struct Nier(Left);

impl StateRule for Nier {
    const NAME: &'static str = "eugine_nier";

    /// Defections, five at most, whether the last move was one, and the rounds that are left.
    type State = (u8, bool, Left);

    fn start(&self) -> (u8, bool, Left) {
        (0, false, self.0)
    }

    fn chance(&self, &(defections, defected, left): &(u8, bool, Left)) -> f64 {
        certainly(defections < 5 && !defected && !left.is_within(1))
    }

    fn next(&self, &(defections, _, left): &(u8, bool, Left), _: bool, others: bool) -> (u8, bool, Left) {
        ((defections + u8::from(!others)).min(5), !others, left.fewer())
    }
}

impl ForGame for EugineNier {
    fn for_game(&self, facts: &MatchFacts, _: &mut Stream) -> Result<Arc<dyn Strategy>, Fault> {
        Ok(Arc::new(Nier(Left(facts.rounds))))
    }
}

impl ListedStrategy for EugineNier {
    const EXPLANATION: Explanation = Explanation {
        name: Nier::NAME,
        rule: "Plays tit for tat, defects for ever after five defections, and in the last round where their number is \
             fixed.",
        parameters: "",
        source: LESS_WRONG_2011,
    };
}
