//! The definition of a reward term: what it sees, what it pays, and what a scenario has to know about it.

use crate::games::{Action, Game, Observation};
use crate::numbers::Number;
use bevy_ecs::prelude::Component;

/// One finished round as one player's terms see it.
#[derive(Clone, Copy, Debug)]
pub struct RoundView<'a> {
    /// The rules.
    pub game: &'a dyn Game,
    /// The player's seat.
    pub seat: usize,
    /// The joint action, one entry per seat; [`crate::games::ILLEGAL`] for a completion that named no action. The
    /// player's own entry is legal (an illegal completion earns the illegal reward instead of any term).
    pub joint: &'a [Action],
    /// The payoff of each seat; all zero in a round voided by another seat's illegal completion.
    pub payoffs: &'a [f64],
    /// What the player saw before it acted.
    pub seen: Observation,
}

impl RoundView<'_> {
    /// The player's own action.
    pub fn own(&self) -> Action {
        self.joint[self.seat]
    }

    /// The player's own payoff.
    pub fn own_payoff(&self) -> f64 {
        self.payoffs[self.seat]
    }

    /// Whether the player cooperated.
    pub fn cooperated(&self) -> bool {
        self.game.cooperative(self.own())
    }

    /// Whether every co-player cooperated in the round the player saw before acting; false before the first round.
    pub fn others_cooperated_before(&self) -> bool {
        self.seen.others_cooperated_in(self.game)
    }
}

/// A rule of intrinsic (or extrinsic) reward. Implementors are components: an agent that carries one is paid by it.
pub trait MoralTerm: Component + Clone + std::fmt::Debug {
    /// The name used by scenarios, the CSV column (`reward_<name>`) and `sim explain`, in snake case.
    const NAME: &'static str;

    /// The reward of this term for the player of `round`, before its weight.
    fn reward(&self, round: &RoundView) -> f64;
}

/// A term from the list in `morals/mod.rs`, which scenarios name directly. The parentheses in a scenario file hold the
/// fields of the type itself.
pub trait ListedTerm: MoralTerm {
    /// Its description in `sim explain` and `sim schema`.
    const EXPLANATION: Explanation;

    /// The term that rewards what this one punishes, as a scenario writes it.
    const OPPOSITE: Option<&'static str> = None;

    /// Whether it makes little sense in a game that is no social dilemma.
    const SUPPOSES_DILEMMA: bool = false;

    /// Its numbers and the range of each.
    fn numbers(&self) -> Vec<Number> {
        Vec::new()
    }
}

/// One parameter of a term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// The name as a scenario spells it.
    pub name: &'static str,
    /// The value it has if a scenario leaves it out.
    pub default: f64,
    /// Its meaning.
    pub meaning: &'static str,
}

/// One reward term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explanation {
    /// The name in outputs ([`MoralTerm::NAME`]).
    pub name: &'static str,
    /// The reward in symbols: R_M the player's payoff, R_O a co-player's, a_M the player's action, a_O a co-player's
    /// action in the round that the player saw before acting; n players.
    pub formula: &'static str,
    /// The reward in words.
    pub meaning: &'static str,
    /// Who proposed it, and where.
    pub source: &'static str,
    /// The parameters that a scenario may set.
    pub parameters: &'static [Parameter],
}

/// Sum of the payoffs of all seats but the player's.
pub(super) fn co_players_payoff(round: &RoundView) -> f64 {
    let others = round.payoffs.iter().enumerate().filter(|&(seat, _)| seat != round.seat);
    others.map(|(_, payoff)| payoff).sum()
}
