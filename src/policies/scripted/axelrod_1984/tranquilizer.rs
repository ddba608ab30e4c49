//! Tranquilizer: cooperation that turns sly where it is safe.

use crate::policies::scripted::counts::{Outcomes, certainly};
use crate::policies::scripted::sources::AXELROD_1980B;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates mostly. Where it has earned 2.25 a round, it defects now and then, less readily the better the rounds of
/// such defections paid and those after them, in which it cooperates; where it has earned 1.75, it answers how much and
/// how lately the opponent has defected; otherwise it plays tit for tat.
///
/// It reckons with Axelrod's payoffs 5, 3, 1, 0 in every game, as the program of the tournament does.
///
/// Names: Tranquilizer, submitted by Craig Feathers; 27th of 63 (Axelrod 1980b).
#[derive(Clone, Copy, Debug)]
pub struct Tranquilizer;

/// What a [`Tranquilizer`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Calm {
    outcomes: Outcomes,
    /// The opponent's defections in a row.
    row: u32,
    /// Whether it has just defected where that seemed safe.
    after: bool,
    /// Sum and number of what it was paid in the rounds of these defections, and in those after them, each beginning
    /// with one: 5, and 0.
    paid: [[u32; 2]; 2],
    others: bool,
}

impl Calm {
    /// Its own score and the opponent's by Axelrod's payoffs.
    fn scores(&self) -> [f64; 2] {
        let Outcomes { cc, cd, dc, dd } = self.outcomes;
        [3 * cc + 5 * dc + dd, 3 * cc + 5 * cd + dd].map(f64::from)
    }

    /// The coming round's number, from 1.
    fn round(&self) -> f64 {
        f64::from(self.outcomes.rounds() + 1)
    }

    /// Whether a defection in this state would be one where it seems safe.
    fn is_safe(&self) -> bool {
        self.outcomes.rounds() > 0 && !self.after && self.scores()[0] / self.round() >= 2.25
    }
}

impl StateRule for Tranquilizer {
    const NAME: &'static str = "tranquilizer";

    type State = Calm;

    fn start(&self) -> Calm {
        Calm { outcomes: Outcomes::default(), row: 0, after: false, paid: [[5, 1], [0, 1]], others: true }
    }

    fn chance(&self, state: &Calm) -> f64 {
        if state.outcomes.rounds() == 0 || state.after {
            return 1.0;
        }
        let ([own, opponent], round) = (state.scores(), state.round());
        let defected = f64::from(u8::from(!state.others));
        if state.is_safe() {
            let [one, two] = state.paid.map(|[sum, number]| f64::from(sum) / f64::from(number));
            return 0.95 - (one + two - 5.0) / 15.0 + 1.0 / (round * round) - defected / 4.0;
        }
        if own / round >= 1.75 {
            let cooperated = f64::from(state.outcomes.cooperations() + 1) / round;
            return 0.25 + cooperated - 0.25 * f64::from(state.row) + (own - opponent) / 100.0 + 4.0 / round;
        }
        certainly(state.others)
    }

    fn next(&self, state: &Calm, own: bool, others: bool) -> Calm {
        let payoff = match (own, others) {
            (true, true) => 3,
            (true, false) => 0,
            (false, true) => 5,
            (false, false) => 1,
        };
        let mut next = Calm {
            outcomes: state.outcomes.and(own, others),
            row: if others { 0 } else { state.row + 1 },
            others,
            ..*state
        };
        let place = match state.after {
            true => Some(1),
            false => (state.is_safe() && !own).then_some(0),
        };
        if let Some(place) = place {
            next.paid[place][0] += payoff;
            next.paid[place][1] += 1;
        }
        next.after = place == Some(0);
        next
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Tranquilizer {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates mostly, and defects now and then where it has earned well.",
        parameters: "",
        source: AXELROD_1980B,
    };
}
