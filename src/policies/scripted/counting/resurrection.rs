//! Tit for tat that breaks its own runs.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::ARNOLD_2016;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// How long a run of its own is before it matters.
const RUN: u8 = 5;

/// Its own latest moves that were the same, five at most, and what they were; and what the opponent did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    length: u8,
    own: bool,
    others: bool,
}

impl Run {
    const START: Self = Self { length: 0, own: true, others: true };

    fn and(self, own: bool, others: bool) -> Self {
        let length = if own == self.own { (self.length + 1).min(RUN) } else { 1 };
        Self { length, own, others }
    }
}

/// Tit for tat that goes on defecting once it has defected five times in a row.
///
/// Names: Resurrection (Arnold's CoopSim).
#[derive(Clone, Copy, Debug)]
pub struct Resurrection;

impl StateRule for Resurrection {
    const NAME: &'static str = "resurrection";

    type State = Run;

    fn start(&self) -> Run {
        Run::START
    }

    fn chance(&self, run: &Run) -> f64 {
        certainly(run.others && (run.own || run.length < RUN))
    }

    fn next(&self, run: &Run, own: bool, others: bool) -> Run {
        run.and(own, others)
    }
}

impl ListedStrategy for Resurrection {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, and goes on defecting once it has defected five times in a row.",
        parameters: "",
        source: ARNOLD_2016,
    };
}

/// Tit for tat that defects after five cooperations of its own in a row, and cooperates after five defections.
///
/// Names: Double Resurrection (Arnold's CoopSim).
#[derive(Clone, Copy, Debug)]
pub struct DoubleResurrection;

impl StateRule for DoubleResurrection {
    const NAME: &'static str = "double_resurrection";

    type State = Run;

    fn start(&self) -> Run {
        Run::START
    }

    fn chance(&self, run: &Run) -> f64 {
        certainly(if run.length == RUN { !run.own } else { run.others })
    }

    fn next(&self, run: &Run, own: bool, others: bool) -> Run {
        run.and(own, others)
    }
}

impl ListedStrategy for DoubleResurrection {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, and changes its action once it has played the same five times in a row.",
        parameters: "",
        source: ARNOLD_2016,
    };
}
