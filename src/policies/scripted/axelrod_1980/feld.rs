//! Feld's entry: tit for tat that grows sly.

use crate::policies::scripted::sources::AXELROD_1980;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// The round from which on nothing changes.
const ROUNDS: u16 = 200;

/// Tit for tat whose probability of cooperating after cooperation falls from 1 to 1/2 over the first two hundred
/// rounds.
///
/// The source does not say how it falls; as in Axelrod-Python, by the same amount every round.
///
/// Names: Feld, submitted by Scott Feld; eleventh of fifteen (Axelrod 1980).
#[derive(Clone, Copy, Debug)]
pub struct Feld;

impl StateRule for Feld {
    const NAME: &'static str = "feld";

    /// Rounds, two hundred at most, and whether the opponent cooperated last.
    type State = (u16, bool);

    fn start(&self) -> (u16, bool) {
        (0, true)
    }

    fn chance(&self, &(rounds, others): &(u16, bool)) -> f64 {
        if others { 1.0 - 0.5 * f64::from(rounds) / f64::from(ROUNDS) } else { 0.0 }
    }

    fn next(&self, &(rounds, _): &(u16, bool), _: bool, others: bool) -> (u16, bool) {
        ((rounds + 1).min(ROUNDS), others)
    }

    fn wavers(&self) -> bool {
        true
    }
}

impl ListedStrategy for Feld {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, but cooperates after cooperation with a probability that falls to 1/2 in round 200.",
        parameters: "",
        source: AXELROD_1980,
    };
}
