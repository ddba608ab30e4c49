//! Pure coordination among any number of actions.
//!
//! Source: Lewis 1969, "Convention"; Young 1993, "The Evolution of Conventions", Econometrica 61.

use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::matrix::MatrixGame;
use super::{ACTIONS_MAX, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Two players are paid if they take the same action, each action its own value; a mismatch pays both the same.
///
/// Interests never conflict: every match is a Nash equilibrium if its value is above `mismatch`. Which actions count as
/// cooperation is a convention of this crate alone: it is the first, so that the usual columns show how far a
/// population has settled on it. Terms that judge by cooperation (deontological, kindness) mean little here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct CoordinationGame {
    /// What a match on each action pays to both; as many actions as values, 2 to 255.
    values: Vec<f64>,
    /// What a mismatch pays to both.
    #[serde(default)]
    mismatch: f64,
}

impl ListedKind for CoordinationGame {
    const EXPLANATION: Explanation = Explanation {
        name: "coordination_game",
        example: "CoordinationGame(values: [1.0, 1.0, 2.0])",
        meaning: "A coordination game of two players and any number of actions: a match pays the action's value to both.",
        cooperation: "The first action, `a1`, stands for cooperation, so that columns show how far a population has settled \
            on it. A player sees its own last action and the opponent's, whichever of all actions they are. Terms made of \
            payoffs apply; those that judge by cooperation (deontological, kindness) mean little here.",
        source: "Lewis 1969, Convention; Young 1993, The Evolution of Conventions, Econometrica 61",
    };

    fn numbers(&self) -> Vec<Number> {
        let value = |(i, &value): (usize, &f64)| {
            Number::new(format!("values[{i}]"), value, Range::Amount).called("the value of a match")
        };
        let values = self.values.iter().take(ACTIONS_MAX).enumerate().map(value);
        values.chain([Number::new("mismatch", self.mismatch, Range::Amount)]).collect()
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        let size = self.values.len();
        if (2..=ACTIONS_MAX).contains(&size) {
            return Vec::new();
        }
        vec![Fault::new(
            ".values",
            format!("{size} actions make no game"),
            format!("expected 2 to {ACTIONS_MAX} values"),
        )]
    }

    fn doubts(&self) -> Vec<Fault> {
        let low = |(i, &value): (usize, &f64)| {
            let message = format!("a match on action {i} pays {value}, a mismatch {}", self.mismatch);
            (value <= self.mismatch)
                .then(|| Fault::new(format!(".values[{i}]"), message, "nothing is gained by this match"))
        };
        self.values.iter().take(ACTIONS_MAX).enumerate().filter_map(low).collect()
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> =
            ListedKind::faults(self, &|_| true).into_iter().chain(out_of_range(self.numbers())).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let actions = (1..=self.values.len()).map(|number| format!("a{number}")).collect();
        let own = |own: usize, other: usize| if own == other { self.values[own] } else { self.mismatch };
        let game = MatrixGame::symmetric("coordination_game", actions, own, |action| action == 0)?;
        Ok(Arc::new(game.with_dilemma(false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{collective_payoff_max, payoffs, pure_nash};

    #[test]
    fn a_match_pays_its_value_and_is_an_equilibrium() {
        let game = CoordinationGame { values: vec![1.0, 3.0, 2.0], mismatch: -1.0 }.game().unwrap();
        assert_eq!(game.actions(), ["a1", "a2", "a3"]);
        assert_eq!(payoffs(&*game, &[1, 1]), [3.0, 3.0]);
        assert_eq!(payoffs(&*game, &[1, 2]), [-1.0, -1.0]);
        assert_eq!(pure_nash(&*game).unwrap(), [[0, 0], [1, 1], [2, 2]]);
        assert_eq!(collective_payoff_max(&*game), Some(6.0));
        assert_eq!((game.is_dilemma(), game.symmetric(), game.defective_action()), (Some(false), true, 1));
    }

    #[test]
    fn one_action_is_no_game_and_a_worthless_match_is_doubted() {
        let faults = CoordinationGame { values: vec![1.0], mismatch: 0.0 }.game().unwrap_err();
        assert_eq!(faults[0].message, "1 actions make no game");
        let doubts = CoordinationGame { values: vec![1.0, 0.0], mismatch: 0.0 }.doubts();
        assert_eq!(doubts[0].at, ".values[1]");
        assert!(CoordinationGame { values: vec![f64::INFINITY, 1.0], mismatch: 0.0 }.game().is_err());
    }
}
