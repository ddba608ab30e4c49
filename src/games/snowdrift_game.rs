//! The snowdrift game: a task that one player can do alone and two can share.
//!
//! Source: Sugden 1986, "The Economics of Rights, Co-operation and Welfare"; payoffs as in Hauert & Doebeli 2004,
//! "Spatial structure often inhibits the evolution of cooperation in the snowdrift game", Nature 428.

use super::Game;
use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::matrix::MatrixGame;
use super::public_goods::names;
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Two drivers before a snowdrift: both get home if either shovels, and those who shovel share the cost.
///
/// R = b − c / 2, S = b − c, T = b, P = 0: chicken for b > c > 0. For 2b > c > b the payoffs have the order of the
/// prisoner's dilemma. T + S = 2R: taking turns is always as good as sharing the work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SnowdriftGame {
    /// What getting home is worth to each.
    benefit: f64,
    /// What clearing the road costs, split evenly between those who shovel.
    cost: f64,
}

impl ListedKind for SnowdriftGame {
    const EXPLANATION: Explanation = Explanation {
        name: "snowdrift_game",
        example: "SnowdriftGame(benefit: 4.0, cost: 2.0)",
        meaning: "The snowdrift game: one player's effort serves both, and two share its cost.",
        cooperation: "`shovel` is cooperation. A player sees its own last action and the opponent's. All reward terms \
            apply.",
        source: "Sugden 1986, The Economics of Rights, Co-operation and Welfare; Hauert & Doebeli 2004, Spatial structure \
            often inhibits the evolution of cooperation in the snowdrift game, Nature 428",
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
        let message = format!("shovelling alone costs {}, and getting home is worth {}", self.cost, self.benefit);
        vec![Fault::new(".cost", message, "a snowdrift game has a cost below `benefit`")]
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> = out_of_range(self.numbers()).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let own = |own, other| match (own, other) {
            (0, 0) => self.benefit - self.cost / 2.0,
            (0, _) => self.benefit - self.cost,
            (_, 0) => self.benefit,
            _ => 0.0,
        };
        let actions = names(["shovel", "wait"]).to_vec();
        Ok(Arc::new(MatrixGame::symmetric("snowdrift_game", actions, own, |action| action == 0)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{Dilemma, Rstp, dilemma, rstp};

    #[test]
    fn it_is_chicken_and_with_a_high_cost_of_the_prisoners_order() {
        let game = SnowdriftGame { benefit: 4.0, cost: 2.0 }.game().unwrap();
        assert_eq!(rstp(&*game).unwrap()[0], Rstp { r: 3.0, s: 2.0, t: 4.0, p: 0.0 });
        assert_eq!(dilemma(&*game), Some(Dilemma::Chicken));
        let high = SnowdriftGame { benefit: 4.0, cost: 6.0 };
        assert!(rstp(&*high.game().unwrap()).unwrap()[0].is_prisoners_order());
        assert_eq!(high.doubts().len(), 1);
    }
}
