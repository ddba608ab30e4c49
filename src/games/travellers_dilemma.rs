//! The traveller's dilemma: two claims for the same loss, of which the lower one is paid.
//!
//! Source: Basu 1994, "The Traveler's Dilemma: Paradoxes of Rationality in Game Theory", American Economic Review 84.

use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::matrix::MatrixGame;
use super::{ACTIONS_MAX, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Both are paid the lower claim; who claimed less gets a bonus on top, which the other pays.
///
/// Undercutting by one step pays as long as the step is below the bonus, so that the lowest claim is the only
/// equilibrium, though both would be better off with high claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct TravellersDilemma {
    /// The highest claim.
    highest: u32,
    /// The lowest claim.
    lowest: u32,
    /// How far claims are apart; it divides `highest - lowest`.
    #[serde(default = "one")]
    step: u32,
    /// What the lower claim gains and the higher loses.
    bonus: f64,
}

fn one() -> u32 {
    1
}

impl TravellersDilemma {
    /// The claims, highest first; counted before they are listed.
    fn claims(&self) -> Option<Vec<f64>> {
        let range = self.highest.checked_sub(self.lowest).filter(|range| *range > 0)?;
        let steps = range.checked_div(self.step).filter(|_| range.is_multiple_of(self.step))?;
        let size = steps as usize + 1;
        (size <= ACTIONS_MAX).then(|| (0..size as u32).map(|i| f64::from(self.highest - i * self.step)).collect())
    }
}

impl ListedKind for TravellersDilemma {
    const EXPLANATION: Explanation = Explanation {
        name: "travellers_dilemma",
        example: "TravellersDilemma(highest: 5, lowest: 2, bonus: 2.0)",
        meaning: "The traveller's dilemma: two players claim a sum, the lower claim is paid to both, and who claimed less \
            takes a bonus from the other.",
        cooperation: "Claims above the middle between the lowest and the highest are cooperation. A player sees its own last \
            claim and the opponent's. All reward terms apply.",
        source: "Basu 1994, The Traveler's Dilemma: Paradoxes of Rationality in Game Theory, American Economic Review 84",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("bonus", self.bonus, Range::Positive)]
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        if self.claims().is_some() {
            return Vec::new();
        }
        let Self { highest, lowest, step, .. } = self;
        let message = format!("there are no claims from {highest} down to {lowest} in steps of {step}");
        let expected = format!("expected 2 to {ACTIONS_MAX} claims that end at `lowest`");
        vec![Fault::new(".highest", message, expected)]
    }

    fn doubts(&self) -> Vec<Fault> {
        if self.bonus > f64::from(self.step) {
            return Vec::new();
        }
        let message = format!("undercutting by {} for a bonus of {} gains nothing", self.step, self.bonus);
        vec![Fault::new(".bonus", message, "a dilemma has a bonus above `step`")]
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> =
            ListedKind::faults(self, &|_| true).into_iter().chain(out_of_range(self.numbers())).collect();
        let Some(claims) = self.claims().filter(|_| faults.is_empty()) else { return Err(faults) };
        let middle = (f64::from(self.highest) + f64::from(self.lowest)) / 2.0;
        let own = |own: usize, other: usize| {
            let (own, other) = (claims[own], claims[other]);
            match own.total_cmp(&other) {
                std::cmp::Ordering::Less => own + self.bonus,
                std::cmp::Ordering::Equal => own,
                std::cmp::Ordering::Greater => other - self.bonus,
            }
        };
        let actions = claims.iter().map(f64::to_string).collect();
        let game = MatrixGame::symmetric("travellers_dilemma", actions, own, |action| claims[action] > middle)?;
        Ok(Arc::new(game.with_dilemma(self.bonus > f64::from(self.step))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{payoffs, pure_nash};

    fn claims(highest: u32, lowest: u32, step: u32) -> TravellersDilemma {
        TravellersDilemma { highest, lowest, step, bonus: 2.0 }
    }

    #[test]
    fn basus_numbers() {
        let game = claims(100, 2, 1).game().unwrap();
        assert_eq!((game.actions().len(), &*game.actions()[0], &*game.actions()[98]), (99, "100", "2"));
        assert_eq!(payoffs(&*game, &[0, 0]), [100.0, 100.0]);
        // 99 against 100: the lower claim, a bonus for one and a fine for the other.
        assert_eq!(payoffs(&*game, &[1, 0]), [101.0, 97.0]);
        assert_eq!(pure_nash(&*game).unwrap(), [[98, 98]], "both claim the lowest sum");
        assert_eq!([48, 49].map(|action| game.cooperative(action)), [true, false], "52 is above the middle, 51 is not");
    }

    #[test]
    fn claims_that_miss_the_lowest_and_too_many_are_refused() {
        for wrong in [claims(5, 2, 2), claims(2, 5, 1), claims(5, 5, 1), claims(5, 2, 0), claims(1000, 2, 1)] {
            assert!(wrong.game().unwrap_err()[0].message.starts_with("there are no claims"));
        }
        assert_eq!(TravellersDilemma { bonus: 1.0, ..claims(5, 2, 1) }.doubts().len(), 1);
    }
}
