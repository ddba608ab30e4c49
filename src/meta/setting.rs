//! What is played: payoffs, noise, length of matches.

use super::one_shot::OneShot;
use crate::games::normal_form::{Rstp, rstp};
use crate::world::{Horizon, Opening, Rules};

/// What types play.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Matches of two, each with two actions.
    Matches(Setting),
    /// Rounds of any number of players and actions, each by itself: types look at nothing.
    Rounds(OneShot),
}

impl Stage {
    /// What is played by `rules`.
    ///
    /// # Errors
    /// As [`Setting::of`] and [`OneShot::of`].
    pub fn of(rules: &Rules) -> Result<Self, String> {
        match rules.game.seats() == 2 && rules.game.actions().len() == 2 {
            true => Setting::of(rules).map(Self::Matches),
            false => OneShot::of(rules).map(Self::Rounds),
        }
    }

    /// Name of the game.
    pub fn game(&self) -> &str {
        match self {
            Self::Matches(setting) => &setting.game,
            Self::Rounds(one_shot) => &one_shot.game,
        }
    }

    /// The stage in words.
    pub fn summary(&self) -> String {
        match self {
            Self::Matches(setting) => setting.summary(),
            Self::Rounds(one_shot) => one_shot.summary(),
        }
    }
}

/// A game of two players and two actions that pays both alike, and how its matches go.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Name of the game.
    pub game: String,
    /// Payoffs.
    pub payoffs: Rstp,
    /// Probability that a move is replaced by the other one.
    pub noise: f64,
    /// Length of a match.
    pub horizon: Horizon,
    /// What players see before the first round: nothing, or a made-up round.
    pub opening: Opening,
}

impl Setting {
    /// The setting of matches played by `rules`.
    ///
    /// # Errors
    /// With a sentence, if the game is not one of two players and two actions that pays both alike, or if players are
    /// shown what they did in other matches.
    pub fn of(rules: &Rules) -> Result<Self, String> {
        let name = rules.game.name().to_owned();
        let [payoffs, second] = rstp(rules.game.as_ref()).ok_or_else(|| {
            format!(
                "`{name}` has {} seats and {} actions: expected a game of two players and two actions, one of them \
                 cooperative",
                rules.game.seats(),
                rules.game.actions().len()
            )
        })?;
        if payoffs != second {
            return Err(format!("`{name}` pays the second player otherwise than the first: expected a symmetric game"));
        }
        if rules.reputation.is_some() {
            return Err("reputations tie matches together: expected a scenario without `reputation`".into());
        }
        if rules.opening == Opening::LastMoves {
            return Err("`opening: LastMoves` ties matches together: expected `Blank` or `MadeUp`".into());
        }
        let Rules { noise, horizon, opening, .. } = *rules;
        Ok(Self { game: name, payoffs, noise, horizon, opening })
    }

    /// Payoffs after CC, CD, DC, DD, the player's own move first.
    pub fn payoffs(&self) -> [f64; 4] {
        let Rstp { r, s, t, p } = self.payoffs;
        [r, s, t, p]
    }

    /// The setting in words.
    pub fn summary(&self) -> String {
        let [r, s, t, p] = self.payoffs();
        let length = match self.horizon {
            Horizon::Fixed(1) => "1 round".to_owned(),
            Horizon::Fixed(rounds) => format!("{rounds} rounds"),
            Horizon::Continue { probability, at_most } => {
                format!("rounds go on with probability {probability}, at most {at_most}")
            }
        };
        let opening = if self.opening == Opening::MadeUp { ", first moves follow a made-up round" } else { "" };
        format!("{}: R, S, T, P = {r}, {s}, {t}, {p}; {length}, noise {}{opening}", self.game, self.noise)
    }
}
