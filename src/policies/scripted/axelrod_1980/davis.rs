//! Davis's entry: grim after ten rounds.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cooperates for a number of rounds, then for ever if the opponent has never defected, and defects once it has.
///
/// Names: Davis, submitted by Morton Davis; eighth of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Davis {
    /// Rounds of cooperation at the start.
    pub rounds: u16,
}

impl Default for Davis {
    fn default() -> Self {
        Self { rounds: 10 }
    }
}

impl StateRule for Davis {
    const NAME: &'static str = "davis";

    /// Rounds, as many as matter, and whether the opponent has defected.
    type State = (u16, bool);

    fn start(&self) -> (u16, bool) {
        (0, false)
    }

    fn chance(&self, &(rounds, defected): &(u16, bool)) -> f64 {
        certainly(rounds < self.rounds || !defected)
    }

    fn next(&self, &(rounds, defected): &(u16, bool), _: bool, others: bool) -> (u16, bool) {
        (rounds.saturating_add(1).min(self.rounds), defected || !others)
    }
}

impl ListedStrategy for Davis {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates for a number of rounds, then plays grim, for which those rounds count.",
        parameters: "rounds (default 10)",
        source: AXELROD_1980,
    };
}
