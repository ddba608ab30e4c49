//! Win-stay, lose-shift: learning by the simplest rule.

use super::{Explanation, ListedStrategy, MemoryOneRule, Recall};

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
