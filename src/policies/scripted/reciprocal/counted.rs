//! A number of tits for a number of tats.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Answers `tats` defections in a row with `tits` defections.
///
/// Names: N Tits for M Tats (Axelrod-Python, Marc Harper).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct TitsForTats {
    /// Defections in an answer.
    pub tits: u16,
    /// Defections in a row that are answered; with 0 it always defects.
    pub tats: u16,
}

impl Default for TitsForTats {
    fn default() -> Self {
        Self { tits: 3, tats: 2 }
    }
}

impl StateRule for TitsForTats {
    const NAME: &'static str = "tits_for_tats";

    /// The opponent's defections in a row, as many as matter, and its own that are due.
    type State = (u16, u16);

    fn start(&self) -> (u16, u16) {
        (0, if self.tats == 0 { self.tits } else { 0 })
    }

    fn chance(&self, &(_, due): &(u16, u16)) -> f64 {
        certainly(due == 0)
    }

    fn next(&self, &(row, due): &(u16, u16), _: bool, others: bool) -> (u16, u16) {
        let row = if others { 0 } else { row.saturating_add(1).min(self.tats) };
        (row, if row == self.tats { self.tits } else { due.saturating_sub(1) })
    }
}

impl ListedStrategy for TitsForTats {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers tats defections in a row with tits defections.",
        parameters: "tits (default 3), tats (default 2)",
        source: AXELROD_PYTHON,
    };
}
