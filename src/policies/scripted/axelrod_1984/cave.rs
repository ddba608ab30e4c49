//! Cave's entry: it gives up on those who defect too often.

use crate::policies::scripted::counts::Count;
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Answers cooperation with cooperation, and defection with defection half of the time, or always from the 18th
/// defection on. It defects where the opponent's defections exceed a share of the rounds, the coming one included: 79 %
/// from round 20 on, 65 % from round 30 on, 39 % from round 40 on.
///
/// Names: Cave, submitted by Rob Cave; fourth of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Cave;

impl StateRule for Cave {
    const NAME: &'static str = "cave";

    /// What was counted, and whether the opponent defected last.
    type State = (Count, bool);

    fn start(&self) -> (Count, bool) {
        (Count::default(), false)
    }

    fn chance(&self, &(count, defected): &(Count, bool)) -> f64 {
        let round = count.rounds + 1;
        let share = f64::from(count.defections) / f64::from(round);
        let gives_up = (round > 39 && share > 0.39) || (round > 29 && share > 0.65) || (round > 19 && share > 0.79);
        match (gives_up, defected) {
            (true, _) => 0.0,
            (false, false) => 1.0,
            (false, true) if count.defections > 17 => 0.0,
            (false, true) => 0.5,
        }
    }

    fn next(&self, &(count, _): &(Count, bool), _: bool, others: bool) -> (Count, bool) {
        (count.and(others), !others)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Cave {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers a defection with one half of the time, always from the 18th on, and defects against opponents \
             that              defect too often.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
