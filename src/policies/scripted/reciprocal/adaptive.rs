//! Adaptive tit for tat: a running image of the opponent.

use crate::numbers::Number;
use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps an image of the opponent between 0 and 1, moves it by `rate` towards what the opponent did, and cooperates
/// while it is at least a half.
///
/// Names: Adaptive Tit for Tat, the basic model (Tzafestas 2000).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct AdaptiveTitForTat {
    /// Share of the way that one round moves the image; also where it begins.
    pub rate: f64,
}

impl Default for AdaptiveTitForTat {
    fn default() -> Self {
        Self { rate: 0.5 }
    }
}

impl StateRule for AdaptiveTitForTat {
    const NAME: &'static str = "adaptive_tit_for_tat";

    /// The image as the bits of a number that is not negative, whose order is that of the numbers; `None` before the
    /// first round.
    type State = Option<u64>;

    fn start(&self) -> Option<u64> {
        None
    }

    fn chance(&self, image: &Option<u64>) -> f64 {
        certainly(image.is_none_or(|image| f64::from_bits(image) >= 0.5))
    }

    fn next(&self, image: &Option<u64>, _: bool, others: bool) -> Option<u64> {
        let image = image.map_or(self.rate, f64::from_bits);
        let moved = if others { image + self.rate * (1.0 - image) } else { image - self.rate * image };
        Some(moved.max(0.0).to_bits())
    }
}

impl ListedStrategy for AdaptiveTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Moves an image of the opponent by rate towards what it did, and cooperates while that is at least 1/2.",
        parameters: "rate (default 0.5)",
        source: "Tzafestas 2000, Toward adaptive cooperative behavior, From Animals to Animals 6",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::probability("rate", self.rate)]
    }
}
