//! Contrite tit for tat: it takes back its own slips.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// Tit for tat that accepts being punished for a defection of its own that nothing had provoked, as noise makes them.
///
/// Content, it cooperates. Exploited while content, it is provoked, and defects until the opponent cooperates. Where it
/// defected alone while content, it is contrite, and cooperates until it has managed to. Without noise it plays tit for
/// tat. Axelrod-Python's is contrite after the same slips, but judges by the move it intended, and stays contrite
/// through rounds that this one counts as content.
///
/// Names: Contrite Tit for Tat (Boyd 1989; Wu & Axelrod 1995).
#[derive(Clone, Copy, Debug)]
pub struct ContriteTitForTat;

/// What a [`ContriteTitForTat`] feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feeling {
    /// Nothing is owed.
    Content,
    /// It owes the opponent a cooperation.
    Contrite,
    /// The opponent owes it one.
    Provoked,
}

impl StateRule for ContriteTitForTat {
    const NAME: &'static str = "contrite_tit_for_tat";

    type State = Feeling;

    fn start(&self) -> Feeling {
        Feeling::Content
    }

    fn chance(&self, feeling: &Feeling) -> f64 {
        certainly(*feeling != Feeling::Provoked)
    }

    fn next(&self, feeling: &Feeling, own: bool, others: bool) -> Feeling {
        match (feeling, own, others) {
            (Feeling::Content, true, false) => Feeling::Provoked,
            (Feeling::Content, false, true) => Feeling::Contrite,
            (Feeling::Content, ..) => Feeling::Content,
            (Feeling::Contrite, true, _) => Feeling::Content,
            (Feeling::Contrite, false, _) => Feeling::Contrite,
            (Feeling::Provoked, _, true) => Feeling::Content,
            (Feeling::Provoked, _, false) => Feeling::Provoked,
        }
    }
}

impl ListedStrategy for ContriteTitForTat {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays tit for tat, but does not strike back when it is punished for a slip of its own.",
        parameters: "",
        source: "Boyd 1989, Mistakes allow evolutionary stability in the repeated Prisoner's Dilemma game, J. \
             Theoretical Biology 136; Wu & Axelrod 1995, How to Cope with Noise in the Iterated Prisoner's Dilemma, J. \
             Conflict Resolution 39",
    };
}
