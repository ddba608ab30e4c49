//! Weiner's entry: tit for tat with forgiveness, and a limit to it.

use crate::policies::scripted::counts::{Recent, certainly};
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Tit for tat that is ready to forgive after an odd number of defections in a row has ended: it lets the next
/// defection pass if that comes at once, each time twenty rounds later than the time before at the earliest. It defects
/// whenever the opponent did at least five times in the twelve rounds before the last.
///
/// Names: Weiner, submitted by Herb Weiner; seventh of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Weiner;

/// What a [`Weiner`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mercy {
    rounds: u32,
    recent: Recent,
    /// Whether it is ready to forgive.
    forgives: bool,
    /// The round before which nothing is forgiven.
    grudge: u32,
    /// Whether the defections in a row are an odd number.
    odd: bool,
    answer: bool,
}

impl StateRule for Weiner {
    const NAME: &'static str = "weiner";

    type State = Mercy;

    fn start(&self) -> Mercy {
        Mercy { rounds: 0, recent: Recent::default(), forgives: false, grudge: 0, odd: false, answer: true }
    }

    fn chance(&self, state: &Mercy) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Mercy, _: bool, others: bool) -> Mercy {
        let mut next =
            Mercy { rounds: state.rounds + 1, recent: state.recent.and(others, 13), answer: others, ..*state };
        if state.forgives {
            (next.forgives, next.odd) = (false, false);
            if !others && state.grudge < next.rounds + 1 {
                (next.grudge, next.answer) = (state.grudge + 20, true);
            }
        } else if others {
            (next.forgives, next.odd) = (state.odd, false);
        } else {
            next.odd = !state.odd;
        }
        next.answer = next.answer && next.recent.defections(2, 13) < 5;
        next
    }
}

impl ListedStrategy for Weiner {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, forgives now and then after an odd run of defections, and defects after five \
             defections in              the twelve rounds before the last.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
