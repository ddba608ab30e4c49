//! Strategies that punish opponents whose share of defections is above a level.

use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::ARNOLD_2016;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates for ten rounds, then defects while the opponent has defected in more than a fifth of all.
///
/// Names: Level Punisher (Arnold's CoopSim).
#[derive(Clone, Copy, Debug)]
pub struct LevelPunisher;

impl StateRule for LevelPunisher {
    const NAME: &'static str = "level_punisher";

    type State = Count;

    fn start(&self) -> Count {
        Count::default()
    }

    fn chance(&self, count: &Count) -> f64 {
        certainly(count.rounds < 10 || 5 * count.defections <= count.rounds)
    }

    fn next(&self, count: &Count, _: bool, others: bool) -> Count {
        count.and(others)
    }
}

impl ListedStrategy for LevelPunisher {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates for ten rounds, then defects while the opponent has defected in more than 20 % of all.",
        parameters: "",
        source: ARNOLD_2016,
    };
}

/// Defects in the first hundred rounds while the opponent has defected in more than a twentieth of them, and cooperates
/// after that.
///
/// The source also names a fifth for the first ten rounds and a tenth for the first fifty, which the twentieth
/// contains.
///
/// Names: Tricky Level Punisher (Arnold's CoopSim).
#[derive(Clone, Copy, Debug)]
pub struct TrickyLevelPunisher;

impl StateRule for TrickyLevelPunisher {
    const NAME: &'static str = "tricky_level_punisher";

    type State = Count;

    fn start(&self) -> Count {
        Count::default()
    }

    fn chance(&self, count: &Count) -> f64 {
        certainly(count.rounds >= 100 || 20 * count.defections <= count.rounds)
    }

    fn next(&self, count: &Count, _: bool, others: bool) -> Count {
        if count.rounds < 100 { count.and(others) } else { *count }
    }
}

impl ListedStrategy for TrickyLevelPunisher {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects in the first hundred rounds while the opponent has defected in more than 5 % of them, then \
             cooperates.",
        parameters: "",
        source: ARNOLD_2016,
    };
}
