//! The donation game: the prisoner's dilemma in which help has a price and a value.
//!
//! Source: Nowak & Sigmund 1998, "Evolution of indirect reciprocity by image scoring", Nature 393; the name is that of
//! Sigmund 2010, "The Calculus of Selfishness".

use super::Game;
use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::matrix::MatrixGame;
use super::public_goods::names;
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Both players may pay a cost so that the other gets a benefit.
///
/// R = b − c, S = −c, T = b, P = 0: a prisoner's dilemma for b > c > 0, whose payoffs add up, so that what a donation
/// brings does not depend on what the other does (T + S = R + P).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct DonationGame {
    /// What a donation is worth to the other player.
    benefit: f64,
    /// What it costs the one who gives; the game is a dilemma if this is below `benefit`.
    cost: f64,
}

impl ListedKind for DonationGame {
    const EXPLANATION: Explanation = Explanation {
        name: "donation_game",
        example: "DonationGame(benefit: 3.0, cost: 1.0)",
        meaning: "The donation game: each of two players may pay a cost that brings the other a benefit.",
        cooperation: "`donate` is cooperation. A player sees its own last action and the opponent's. All reward terms \
            apply.",
        source: "Nowak & Sigmund 1998, Evolution of indirect reciprocity by image scoring, Nature 393; Sigmund 2010, The \
            Calculus of Selfishness",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("benefit", self.benefit, Range::Positive), Number::new("cost", self.cost, Range::Positive)]
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        Vec::new()
    }

    fn doubts(&self) -> Vec<Fault> {
        if self.cost < self.benefit {
            return Vec::new();
        }
        let message = format!("a donation costs {}, and brings the other {}", self.cost, self.benefit);
        vec![Fault::new(".cost", message, "a dilemma has a cost below `benefit`")]
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> = out_of_range(self.numbers()).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let gives = |action: usize| f64::from(u8::from(action == 0));
        let own = |own, other| self.benefit * gives(other) - self.cost * gives(own);
        let actions = names(["donate", "keep"]).to_vec();
        Ok(Arc::new(MatrixGame::symmetric("donation_game", actions, own, |action| action == 0)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{Dilemma, Rstp, dilemma, rstp};

    #[test]
    fn the_letters_are_those_of_the_literature() {
        let game = DonationGame { benefit: 3.0, cost: 1.0 }.game().unwrap();
        let [row, column] = rstp(&*game).unwrap();
        assert_eq!(row, Rstp { r: 2.0, s: -1.0, t: 3.0, p: 0.0 });
        assert_eq!(row, column);
        assert_eq!(dilemma(&*game), Some(Dilemma::PrisonersDilemma));
        // Equal gains from switching: donating costs the same whatever the other does.
        assert_eq!(row.t + row.s, row.r + row.p);
    }

    #[test]
    fn a_gift_that_costs_more_than_it_brings_is_doubted_and_a_negative_one_refused() {
        assert!(
            DonationGame { benefit: 1.0, cost: 1.0 }.doubts()[0].message.contains("costs 1, and brings the other 1")
        );
        let faults = DonationGame { benefit: -1.0, cost: f64::NAN }.game().unwrap_err();
        assert_eq!(faults.iter().map(|fault| &*fault.at).collect::<Vec<_>>(), [".benefit", ".cost"]);
    }
}
