//! Win-stay, lose-shift: learning by the simplest rule.

use crate::numbers::Number;
use crate::policies::scripted::sources::{AXELROD_PYTHON, LI_2011};
use crate::policies::scripted::{Explanation, ListedStrategy, MemoryOneRule, Recall};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Repeats its action after a good payoff (the opponent cooperated), and changes it after a bad one.
///
/// It therefore cooperates exactly after rounds in which both did the same. With more than two seats a payoff is good
/// if every co-player cooperated.
///
/// Names: Win-Stay Lose-Shift (Nowak & Sigmund 1993); Pavlov (Kraines & Kraines 1989).
#[derive(Clone, Copy, Debug)]
pub struct WinStayLoseShift;

impl MemoryOneRule for WinStayLoseShift {
    const NAME: &'static str = "win_stay_lose_shift";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 1.0,
            Recall::Last { own, others } if own == others => 1.0,
            Recall::Last { .. } => 0.0,
        }
    }
}

impl ListedStrategy for WinStayLoseShift {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Repeats its action if the opponent cooperated, changes it otherwise (Pavlov).",
        parameters: "",
        source: "Nowak & Sigmund 1993, A strategy of win-stay, lose-shift that outperforms tit-for-tat, Nature 364; \
             Kraines & Kraines 1989, Pavlov and the prisoner's dilemma, Theory and Decision 26",
    };
}

/// Win-stay, lose-shift that does the opposite with probability `slip`.
///
/// Names: Stochastic WSLS (Axelrod-Python, Marc Harper).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct StochasticWinStayLoseShift {
    /// Probability of doing the opposite, in all rounds but the first.
    pub slip: f64,
}

impl Default for StochasticWinStayLoseShift {
    fn default() -> Self {
        Self { slip: 0.05 }
    }
}

impl MemoryOneRule for StochasticWinStayLoseShift {
    const NAME: &'static str = "stochastic_win_stay_lose_shift";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Start => 1.0,
            Recall::Last { own, others } if own == others => 1.0 - self.slip,
            Recall::Last { .. } => self.slip,
        }
    }
}

impl ListedStrategy for StochasticWinStayLoseShift {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays win-stay, lose-shift, and does the opposite with probability slip after the first round.",
        parameters: "slip (default 0.05)",
        source: AXELROD_PYTHON,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("slip", self.slip)]
    }
}

/// Changes its action after a good payoff and repeats it after a bad one, defection first.
///
/// Names: Win-Shift Lose-Stay; Reverse Pavlov (Li et al. 2011).
#[derive(Clone, Copy, Debug)]
pub struct WinShiftLoseStay;

impl MemoryOneRule for WinShiftLoseStay {
    const NAME: &'static str = "win_shift_lose_stay";

    fn probability(&self, recall: Recall) -> f64 {
        match recall {
            Recall::Last { own, others } if own != others => 1.0,
            Recall::Start | Recall::Last { .. } => 0.0,
        }
    }
}

impl ListedStrategy for WinShiftLoseStay {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects first; changes its action if the opponent cooperated, repeats it otherwise (reverse Pavlov).",
        parameters: "",
        source: LI_2011,
    };
}
