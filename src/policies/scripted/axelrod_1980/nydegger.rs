//! Nydegger's entry: a table over the last three rounds.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// The numbers of histories after which it defects.
const DEFECTS_AFTER: [u8; 19] = [1, 6, 7, 17, 22, 23, 26, 29, 30, 31, 33, 38, 39, 45, 49, 54, 55, 58, 61];

/// Plays tit for tat for three rounds, except that it defects in the third if the opponent defected in the first alone;
/// then it answers the last three rounds by a table.
///
/// A round counts 2 for the opponent's defection and 1 for its own; the last three rounds, the latest first, count 16,
/// 4 and 1 times that.
///
/// Names: Nydegger, submitted by Rudy Nydegger; third of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Nydegger;

impl StateRule for Nydegger {
    const NAME: &'static str = "nydegger";

    /// Rounds, three at most, and the number of the last three.
    type State = (u8, u8);

    fn start(&self) -> (u8, u8) {
        (0, 0)
    }

    fn chance(&self, &(rounds, number): &(u8, u8)) -> f64 {
        let others_defected = number & 32 != 0;
        certainly(match rounds {
            0 | 1 => !others_defected,
            // The number of a match of two rounds: the opponent's first defection counts 8.
            2 => !others_defected && number & 8 == 0,
            _ => !DEFECTS_AFTER.contains(&number),
        })
    }

    fn next(&self, &(rounds, number): &(u8, u8), own: bool, others: bool) -> (u8, u8) {
        let latest = 2 * u8::from(!others) + u8::from(!own);
        ((rounds + 1).min(3), number / 4 + 16 * latest)
    }
}

impl ListedStrategy for Nydegger {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat for three rounds, then answers the last three rounds by a table.",
        parameters: "",
        source: AXELROD_1980,
    };
}
