//! What a strategy may know of the game before a match: the payoffs, and the number of rounds where it is fixed.

use super::Moves;
use crate::fault::Fault;
use crate::games::Game;
use crate::games::normal_form::Rstp;
use crate::world::{Horizon, Rules};

/// What is known of the game before a match.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MatchFacts {
    /// What a player is paid by its own and its opponent's move; `None` unless there are two players, whose payoffs are
    /// alike.
    pub payoffs: Option<Rstp>,
    /// Rounds of every match; `None` if that is left to chance.
    pub rounds: Option<u32>,
}

impl MatchFacts {
    /// Axelrod's payoffs T, R, P, S = 5, 3, 1, 0, and matches whose end is left to chance.
    pub const AXELROD: Self = Self { payoffs: Some(Rstp { r: 3.0, s: 0.0, t: 5.0, p: 1.0 }), rounds: None };

    /// What is known of matches by `rules`.
    pub fn of(rules: &Rules) -> Self {
        let rounds = match rules.horizon {
            Horizon::Fixed(rounds) => Some(rounds),
            Horizon::Continue { .. } => None,
        };
        Self { payoffs: payoffs(rules.game.as_ref()), rounds }
    }

    /// The payoffs, for the strategy `word`, which cannot do without them.
    ///
    /// # Errors
    /// If the game does not pay two players alike.
    pub fn payoffs_for(&self, word: &str) -> Result<Rstp, Fault> {
        self.payoffs.ok_or_else(|| {
            let message = format!("`{word}` reckons with payoffs that are the same in both seats; this game's are not");
            Fault::new("", message, "expected a game that pays two players alike")
        })
    }
}

/// What either player of `game` is paid by the two moves of a strategy; `None` unless there are two players, whose
/// payoffs are alike.
pub fn payoffs(game: &dyn Game) -> Option<Rstp> {
    let moves = Moves::of(game).filter(|moves| moves.seats == 2)?;
    let paid = |first, second| {
        let mut both = [0.0; 2];
        game.payoffs(&[first, second], &mut both);
        both
    };
    let (c, d) = (moves.cooperate, moves.defect);
    let ([r, r_second], [s, t_second], [t, s_second], [p, p_second]) = (paid(c, c), paid(c, d), paid(d, c), paid(d, d));
    ([r, s, t, p] == [r_second, s_second, t_second, p_second]).then_some(Rstp { r, s, t, p })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::catalog;
    use crate::games::matrix::MatrixGame;
    use crate::games::public_goods::PublicGoods;

    #[test]
    fn payoffs_are_those_of_the_two_moves() {
        let game = catalog::game("prisoners_dilemma").unwrap();
        assert_eq!(payoffs(&game), Some(Rstp { r: 3.0, s: 0.0, t: 4.0, p: 1.0 }));
        assert_eq!(payoffs(&PublicGoods::new(3, 2.0, 1.0).unwrap()), None);
        let names = ["a".to_owned(), "b".to_owned()];
        let unlike = [vec![(3.0, 3.0), (0.0, 5.0)], vec![(6.0, 0.0), (1.0, 1.0)]];
        let game = MatrixGame::new("unlike", &names, &unlike, &[]).unwrap();
        let facts = MatchFacts { payoffs: payoffs(&game), rounds: None };
        assert!(facts.payoffs_for("Adaptive").unwrap_err().message.contains("`Adaptive` reckons with payoffs"));
    }
}
