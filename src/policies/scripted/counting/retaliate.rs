//! Strategies that even the score.

use crate::numbers::{Number, Range};
use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rounds in which one side alone defected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lopsided {
    /// The opponent did.
    lost: u32,
    /// The player did.
    won: u32,
}

impl Lopsided {
    fn and(self, own: bool, others: bool) -> Self {
        Self { lost: self.lost + u32::from(own && !others), won: self.won + u32::from(!own && others) }
    }

    /// Whether it lost more often than `threshold` times as often as it won.
    fn is_behind(self, threshold: f64) -> bool {
        f64::from(self.lost) > f64::from(self.won) * threshold
    }
}

/// Defects while the opponent has exploited it more often than `threshold` times as often as it has exploited the
/// opponent.
///
/// Names: Retaliate (Axelrod-Python, Owen Campbell).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Retaliate {
    /// Rounds lost per round won from which on it defects.
    pub threshold: f64,
}

impl Default for Retaliate {
    fn default() -> Self {
        Self { threshold: 0.1 }
    }
}

impl StateRule for Retaliate {
    const NAME: &'static str = "retaliate";

    type State = Lopsided;

    fn start(&self) -> Lopsided {
        Lopsided::default()
    }

    fn chance(&self, rounds: &Lopsided) -> f64 {
        certainly(!rounds.is_behind(self.threshold))
    }

    fn next(&self, rounds: &Lopsided, own: bool, others: bool) -> Lopsided {
        rounds.and(own, others)
    }
}

impl ListedStrategy for Retaliate {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects while it was exploited more often than threshold times as often as it exploited.",
        parameters: "threshold (default 0.1)",
        source: AXELROD_PYTHON,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("threshold", self.threshold, Range::NotNegative)]
    }
}

/// [`Retaliate`] that cooperates once after every `limit` defections in a row.
///
/// Names: Limited Retaliate (Axelrod-Python, Owen Campbell).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct LimitedRetaliate {
    /// Rounds lost per round won from which on it defects.
    pub threshold: f64,
    /// Defections in a row before it cooperates once.
    pub limit: u32,
}

impl Default for LimitedRetaliate {
    fn default() -> Self {
        Self { threshold: 0.1, limit: 20 }
    }
}

impl StateRule for LimitedRetaliate {
    const NAME: &'static str = "limited_retaliate";

    /// What was lost and won, the defections of this retaliation, and whether it is to cooperate.
    type State = (Lopsided, u32, bool);

    fn start(&self) -> (Lopsided, u32, bool) {
        (Lopsided::default(), 0, true)
    }

    fn chance(&self, &(_, _, answer): &(Lopsided, u32, bool)) -> f64 {
        certainly(answer)
    }

    fn next(&self, &(rounds, done, _): &(Lopsided, u32, bool), own: bool, others: bool) -> (Lopsided, u32, bool) {
        let rounds = rounds.and(own, others);
        if rounds.is_behind(self.threshold) && done < self.limit {
            (rounds, done + 1, false)
        } else {
            (rounds, 0, true)
        }
    }
}

impl ListedStrategy for LimitedRetaliate {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays retaliate, but cooperates once after limit defections in a row.",
        parameters: "threshold (default 0.1), limit (default 20)",
        source: AXELROD_PYTHON,
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("threshold", self.threshold, Range::NotNegative)]
    }
}
