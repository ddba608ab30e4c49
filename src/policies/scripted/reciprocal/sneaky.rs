//! Sneaky tit for tat: it tries a defection, and repents.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::AXELROD_PYTHON;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Cooperates twice, then defects for as long as the opponent has never defected; after its first defection it plays
/// tit for tat, except that it takes a defection as the answer to one of its own.
///
/// Names: Sneaky Tit for Tat (Axelrod-Python, Karol Langner).
#[derive(Clone, Copy, Debug)]
pub struct SneakyTitForTat;

/// What a [`SneakyTitForTat`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sneaking {
    /// Rounds, two at most.
    rounds: u8,
    /// Whether the opponent has ever defected.
    provoked: bool,
    /// What it did itself last.
    own: bool,
    /// Whether it is to cooperate.
    answer: bool,
}

impl StateRule for SneakyTitForTat {
    const NAME: &'static str = "sneaky_tit_for_tat";

    type State = Sneaking;

    fn start(&self) -> Sneaking {
        Sneaking { rounds: 0, provoked: false, own: true, answer: true }
    }

    fn chance(&self, state: &Sneaking) -> f64 {
        certainly(state.answer)
    }

    fn next(&self, state: &Sneaking, own: bool, others: bool) -> Sneaking {
        let rounds = (state.rounds + 1).min(2);
        let provoked = state.provoked || !others;
        let answer = rounds < 2 || (provoked && (others || !state.own));
        Sneaking { rounds, provoked, own, answer }
    }
}

impl ListedStrategy for SneakyTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates twice, defects until the opponent does, then plays a tit for tat that takes punishment.",
        parameters: "",
        source: AXELROD_PYTHON,
    };
}
