//! How the opponent of the suite acts, and has acted before the first round.

use crate::games::{Action, Game};
use crate::play::odds::JointStates;
use rand::{Rng, RngExt};
use std::str::FromStr;

/// How often the opponent cooperates, whatever the player does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Histories {
    /// Always every action with the same chance.
    #[default]
    Even,
    /// As often as on the one test stream of Tennant et al. 2025 (arXiv 2410.01639): of its 50 decisions, 23 follow a
    /// cooperation of the opponent, which cooperates again in 9 of them; 27 follow a defection, and the opponent
    /// cooperates in 12 of those. For games with two actions and matches of [`PUBLISHED_ROUNDS`] rounds.
    Published,
}

/// Rounds of a match of the published test.
pub const PUBLISHED_ROUNDS: u32 = 5;

/// Chance that the opponent cooperates after its own cooperation and after its own defection on the published stream.
const PUBLISHED: [f64; 2] = [9.0 / 23.0, 12.0 / 27.0];
/// Share of decisions on the published stream before which the opponent had cooperated.
const PUBLISHED_BEFORE: f64 = 23.0 / 50.0;

impl Histories {
    /// The word in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Published => "published",
        }
    }

    /// Chance that the opponent takes `action` after its own `last`.
    pub fn chance(self, game: &dyn Game, last: Action, action: Action) -> f64 {
        match self {
            Self::Even => 1.0 / game.actions().len() as f64,
            Self::Published => {
                let cooperates = PUBLISHED[usize::from(!game.cooperative(last))];
                if game.cooperative(action) { cooperates } else { 1.0 - cooperates }
            }
        }
    }

    /// Chance of each state before the first round: the player's last action is drawn evenly.
    pub(super) fn start(self, states: &JointStates, game: &dyn Game) -> Vec<f64> {
        let mut start = states.start();
        if self == Self::Published {
            for (state, chance) in start.iter_mut().enumerate().filter(|(_, chance)| **chance > 0.0) {
                let cooperated = game.cooperative(states.last(state)[1]);
                *chance *= 2.0 * if cooperated { opening_cooperation() } else { 1.0 - opening_cooperation() };
            }
        }
        start
    }

    /// Draws the opponent's made-up last action.
    pub(super) fn draw_opening(self, game: &dyn Game, rng: &mut impl Rng) -> Action {
        match self {
            Self::Even => rng.random_range(0..game.actions().len() as Action),
            Self::Published => move_of(game, rng.random::<f64>() < opening_cooperation()),
        }
    }

    /// Draws the opponent's action after its own `last`.
    pub(super) fn draw(self, game: &dyn Game, last: Action, rng: &mut impl Rng) -> Action {
        match self {
            Self::Even => rng.random_range(0..game.actions().len() as Action),
            Self::Published => {
                let cooperates = PUBLISHED[usize::from(!game.cooperative(last))];
                move_of(game, rng.random::<f64>() < cooperates)
            }
        }
    }
}

impl FromStr for Histories {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Even, Self::Published];
        all.into_iter().find(|mix| mix.name() == text).ok_or_else(|| "expected even or published".to_string())
    }
}

/// Chance that the made-up last action is cooperative. It is such that, on average over the rounds of a match, the
/// opponent has cooperated before as large a share of decisions as on the published stream.
fn opening_cooperation() -> f64 {
    let [after_c, after_d] = PUBLISHED;
    // The chance before each round is linear in the chance q before the first: a + b q.
    let (mut a, mut b) = (0.0, 1.0);
    let (mut sum_a, mut sum_b) = (0.0, 0.0);
    for _ in 0..PUBLISHED_ROUNDS {
        sum_a += a;
        sum_b += b;
        (a, b) = (after_d + (after_c - after_d) * a, (after_c - after_d) * b);
    }
    (f64::from(PUBLISHED_ROUNDS) * PUBLISHED_BEFORE - sum_a) / sum_b
}

fn move_of(game: &dyn Game, cooperative: bool) -> Action {
    let find = (0..game.actions().len() as Action).find(|&action| game.cooperative(action) == cooperative);
    find.expect("games of the suite have a cooperative action and another")
}
