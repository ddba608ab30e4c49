//! Tit for tat that turns grim.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::PRISON_1998;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Tit for tat until the opponent defects twice in a row, then defection for ever.
///
/// Names: Spiteful Tit for Tat (PRISON 1998).
#[derive(Clone, Copy, Debug)]
pub struct SpitefulTitForTat;

/// What a [`SpitefulTitForTat`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spite {
    /// The opponent cooperated last, or nothing has happened.
    Content,
    /// The opponent defected last.
    Provoked,
    /// The opponent defected twice in a row.
    Spiteful,
}

impl StateRule for SpitefulTitForTat {
    const NAME: &'static str = "spiteful_tit_for_tat";

    type State = Spite;

    fn start(&self) -> Spite {
        Spite::Content
    }

    fn chance(&self, state: &Spite) -> f64 {
        certainly(*state == Spite::Content)
    }

    fn next(&self, state: &Spite, _: bool, others: bool) -> Spite {
        match (state, others) {
            (Spite::Spiteful, _) | (Spite::Provoked, false) => Spite::Spiteful,
            (Spite::Content, false) => Spite::Provoked,
            (_, true) => Spite::Content,
        }
    }
}

impl ListedStrategy for SpitefulTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat until the opponent defects twice in a row, then defects for ever.",
        parameters: "",
        source: PRISON_1998,
    };
}
