//! Tit for tat with dice.

use crate::numbers::Number;
use crate::policies::scripted::counts::{Count, certainly};
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cooperates first, then copies the opponent in every other round, and cooperates with probability `p` between.
///
/// Names: Random Tit for Tat (Axelrod-Python, Zachary M. Taylor).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct RandomTitForTat {
    /// Probability of cooperation in the rounds between.
    pub p: f64,
}

impl Default for RandomTitForTat {
    fn default() -> Self {
        Self { p: 0.5 }
    }
}

/// What a [`RandomTitForTat`] is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// Play this move for certain; the next one is drawn.
    Answer(bool),
    /// The first move of all, after which it copies.
    First,
    /// Draw.
    Draw,
}

impl StateRule for RandomTitForTat {
    const NAME: &'static str = "random_tit_for_tat";

    type State = Turn;

    fn start(&self) -> Turn {
        Turn::First
    }

    fn chance(&self, turn: &Turn) -> f64 {
        match turn {
            Turn::Answer(cooperates) => certainly(*cooperates),
            Turn::First => 1.0,
            Turn::Draw => self.p,
        }
    }

    fn next(&self, turn: &Turn, _: bool, others: bool) -> Turn {
        match turn {
            Turn::Answer(_) => Turn::Draw,
            Turn::First | Turn::Draw => Turn::Answer(others),
        }
    }

    fn wavers(&self) -> bool {
        self.p > 0.0 && self.p < 1.0
    }
}

impl ListedStrategy for RandomTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates first, copies the opponent in every other round, and tosses a coin of chance p between.",
        parameters: "p (default 0.5)",
        source: AXELROD_PYTHON,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("p", self.p)]
    }
}

/// Two tits for tat that forgives with the share of rounds in which the opponent has cooperated.
///
/// Names: Dynamic Two Tits for Tat (Axelrod-Python, Grant Garrett-Grossman).
#[derive(Clone, Copy, Debug)]
pub struct DynamicTwoTitsForTat;

impl StateRule for DynamicTwoTitsForTat {
    const NAME: &'static str = "dynamic_two_tits_for_tat";

    /// What was counted, and defections that are due.
    type State = (Count, u8);

    fn start(&self) -> (Count, u8) {
        (Count::default(), 0)
    }

    fn chance(&self, &(count, due): &(Count, u8)) -> f64 {
        if due == 0 { 1.0 } else { 1.0 - count.share() }
    }

    fn next(&self, &(count, due): &(Count, u8), _: bool, others: bool) -> (Count, u8) {
        (count.and(others), if others { due.saturating_sub(1) } else { 2 })
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for DynamicTwoTitsForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays two tits for tat, but cooperates anyway as often as the opponent has cooperated.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
