//! Grudges that end: a number of defections, and perhaps amends.

use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::{AXELROD_PYTHON, LI_2011};
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Answers a defection with four defections and two cooperations, whatever happens meanwhile.
///
/// Names: Soft Grudger (Li et al. 2011).
#[derive(Clone, Copy, Debug)]
pub struct SoftGrudger;

impl StateRule for SoftGrudger {
    const NAME: &'static str = "soft_grudger";

    /// Which of the six answers is due; 0: none.
    type State = u8;

    fn start(&self) -> u8 {
        0
    }

    fn chance(&self, answer: &u8) -> f64 {
        certainly(!(1..=4).contains(answer))
    }

    fn next(&self, answer: &u8, _: bool, others: bool) -> u8 {
        match answer {
            1..=5 => answer + 1,
            _ => u8::from(!others),
        }
    }
}

impl ListedStrategy for SoftGrudger {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers a defection with D, D, D, D, C, C, and looks at the opponent again after that.",
        parameters: "",
        source: LI_2011,
    };
}

/// Answers a defection with ten defections, then looks at the opponent again.
///
/// Names: Forgetful Grudger (Axelrod-Python, Geraint Palmer).
#[derive(Clone, Copy, Debug)]
pub struct ForgetfulGrudger;

impl StateRule for ForgetfulGrudger {
    const NAME: &'static str = "forgetful_grudger";

    /// Which of the ten defections is due; 0: none.
    type State = u8;

    fn start(&self) -> u8 {
        0
    }

    fn chance(&self, defection: &u8) -> f64 {
        certainly(*defection == 0)
    }

    fn next(&self, defection: &u8, _: bool, others: bool) -> u8 {
        match defection {
            1..=9 => defection + 1,
            _ => u8::from(!others),
        }
    }
}

impl ListedStrategy for ForgetfulGrudger {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers a defection with ten defections, and looks at the opponent again after that.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Answers two defections in a row with eleven.
///
/// Names: Once Bitten (Axelrod-Python, Holly Marissa).
#[derive(Clone, Copy, Debug)]
pub struct OnceBitten;

impl StateRule for OnceBitten {
    const NAME: &'static str = "once_bitten";

    /// Which of the eleven defections is due (0: none), and whether the opponent defected last.
    type State = (u8, bool);

    fn start(&self) -> (u8, bool) {
        (0, false)
    }

    fn chance(&self, &(defection, _): &(u8, bool)) -> f64 {
        certainly(defection == 0)
    }

    fn next(&self, &(defection, defected): &(u8, bool), _: bool, others: bool) -> (u8, bool) {
        let due = match defection {
            1..=10 => defection + 1,
            _ => u8::from(defected && !others),
        };
        (due, !others)
    }
}

impl ListedStrategy for OnceBitten {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers two defections in a row with eleven, and looks at the opponent again after that.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}

/// Answers a defection with more defections the more often the opponent has defected: one in twenty of its moves is
/// worth one.
///
/// Names: Punisher (Axelrod-Python, Geraint Palmer).
#[derive(Clone, Copy, Debug)]
pub struct Punisher;

/// What a [`Punisher`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Punishment {
    count: Count,
    /// Defections that are due.
    due: u32,
}

impl StateRule for Punisher {
    const NAME: &'static str = "punisher";

    type State = Punishment;

    fn start(&self) -> Punishment {
        Punishment { count: Count::default(), due: 0 }
    }

    fn chance(&self, state: &Punishment) -> f64 {
        certainly(state.due == 0)
    }

    fn next(&self, &Punishment { count, due }: &Punishment, _: bool, others: bool) -> Punishment {
        let count = count.and(others);
        let due = match due {
            0 | 1 if !others => 1 + 20 * count.defections / count.rounds,
            0 | 1 => 0,
            _ => due - 1,
        };
        Punishment { count, due }
    }
}

impl ListedStrategy for Punisher {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers a defection with one defection and up to twenty more, in proportion to how often the opponent \
             has defected.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
