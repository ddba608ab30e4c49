//! Strategies that cooperate with their own kind, which they know by its first moves.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

/// How far a handshake has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Greeting {
    /// Nothing has happened.
    Begun,
    /// The opponent cooperated in the first round.
    Offered,
    /// The opponent cooperated and then defected, as the player did.
    Friend,
    /// The opponent defected in the first round; the second is still to be played.
    Missed,
    /// The opponent is another kind.
    Foe,
}

impl Greeting {
    fn chance(self) -> f64 {
        certainly(matches!(self, Self::Begun | Self::Friend))
    }

    fn and(self, others: bool) -> Self {
        match (self, others) {
            (Self::Begun, true) => Self::Offered,
            (Self::Begun, false) => Self::Missed,
            (Self::Offered, false) | (Self::Friend, _) => Self::Friend,
            (Self::Offered, true) | (Self::Missed | Self::Foe, _) => Self::Foe,
        }
    }
}

/// Plays C, D, then cooperates for ever with opponents that did the same, and defects for ever against all others.
///
/// Names: Handshake (Robson 1990).
#[derive(Clone, Copy, Debug)]
pub struct Handshake;

impl StateRule for Handshake {
    const NAME: &'static str = "handshake";

    type State = Greeting;

    fn start(&self) -> Greeting {
        Greeting::Begun
    }

    fn chance(&self, greeting: &Greeting) -> f64 {
        greeting.chance()
    }

    fn next(&self, greeting: &Greeting, _: bool, others: bool) -> Greeting {
        greeting.and(others)
    }
}

impl ListedStrategy for Handshake {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays C, D, then cooperates for ever if the opponent did the same, and defects for ever otherwise.",
        parameters: "",
        source: "Robson 1990, Efficiency in evolutionary games: Darwin, Nash and the secret handshake, J. Theoretical \
             Biology 144",
    };
}

/// Plays C, D, then cooperates with opponents that did the same until they defect again, and defects for ever against
/// all others.
///
/// Names: Collective Strategy (Li & Kendall 2009).
#[derive(Clone, Copy, Debug)]
pub struct CollectiveStrategy;

impl StateRule for CollectiveStrategy {
    const NAME: &'static str = "collective_strategy";

    type State = Greeting;

    fn start(&self) -> Greeting {
        Greeting::Begun
    }

    fn chance(&self, greeting: &Greeting) -> f64 {
        greeting.chance()
    }

    fn next(&self, greeting: &Greeting, _: bool, others: bool) -> Greeting {
        match greeting {
            Greeting::Friend if !others => Greeting::Foe,
            _ => greeting.and(others),
        }
    }
}

impl ListedStrategy for CollectiveStrategy {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Plays C, D, then cooperates with opponents that did the same until they defect; defects otherwise.",
        parameters: "",
        source: "Li & Kendall 2009, A Strategy with Novel Evolutionary Features for the Iterated Prisoner's Dilemma, \
             Evolutionary Computation 17",
    };
}
