//! The linear public-goods game: contribute the endowment or keep it.
//!
//! Source: Isaac & Walker 1988, "Group size effects in public goods provision", with all-or-nothing contributions.

use super::{Action, Game};

/// Most players of a group: an observation counts cooperating co-players in one byte.
pub const PLAYERS_MAX: usize = 255;

/// Contributions are multiplied and shared equally among all players of the group, whether they contributed or not.
///
/// With `k` contributors among `n` players a player gets `multiplier · endowment · k / n`, and keeps its `endowment` on
/// top if it did not contribute. For `1 < multiplier < n` all are best off if all contribute, and each by keeping.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicGoods {
    players: usize,
    multiplier: f64,
    endowment: f64,
    actions: [String; 2],
}

/// Why numbers make no public-goods game.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PublicGoodsError {
    /// Too few or too many players.
    #[error(
        "public goods: found {found} players, expected 3 to {}; \
         two players are a 2×2 matrix, which `Matrix` describes",
        PLAYERS_MAX
    )]
    Players {
        /// How many players were asked for.
        found: usize,
    },
    /// A factor or endowment that is not a positive number.
    #[error("public goods: `{field}` is {found}, expected a finite number above 0")]
    NotPositive {
        /// The field.
        field: &'static str,
        /// What it holds.
        found: f64,
    },
}

impl PublicGoods {
    /// The game of `players` (3 to [`PLAYERS_MAX`]) who start each round with `endowment`.
    pub fn new(players: usize, multiplier: f64, endowment: f64) -> Result<Self, PublicGoodsError> {
        if !(3..=PLAYERS_MAX).contains(&players) {
            return Err(PublicGoodsError::Players { found: players });
        }
        for (field, found) in [("multiplier", multiplier), ("endowment", endowment)] {
            if !(found.is_finite() && found > 0.0) {
                return Err(PublicGoodsError::NotPositive { field, found });
            }
        }
        Ok(Self { players, multiplier, endowment, actions: ["contribute".to_owned(), "keep".to_owned()] })
    }

    /// Whether contributing is best for all and keeping best for each: `1 < multiplier < players`.
    pub fn is_dilemma(&self) -> bool {
        self.multiplier > 1.0 && self.multiplier < self.players as f64
    }
}

impl Game for PublicGoods {
    fn name(&self) -> &str {
        "public_goods"
    }

    fn seats(&self) -> usize {
        self.players
    }

    fn actions(&self) -> &[String] {
        &self.actions
    }

    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]) {
        let contributors = joint.iter().filter(|&&action| action == 0).count();
        let share = self.multiplier * self.endowment * contributors as f64 / self.players as f64;
        for (payoff, &action) in payoffs.iter_mut().zip(joint) {
            *payoff = if action == 0 { share } else { share + self.endowment };
        }
    }

    fn symmetric(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;

    #[test]
    fn three_players_by_hand() {
        let game = PublicGoods::new(3, 1.5, 10.0).unwrap();
        let mut payoffs = [0.0; 3];
        game.payoffs(&[0, 0, 1], &mut payoffs);
        assert_eq!(payoffs, [10.0, 10.0, 20.0]);
        assert!(game.is_dilemma());
        assert!(!PublicGoods::new(3, 3.0, 1.0).unwrap().is_dilemma());
    }

    #[test]
    fn bad_numbers_are_refused_with_advice() {
        let error = |n, m, e| PublicGoods::new(n, m, e).unwrap_err().to_string();
        assert!(error(2, 1.5, 1.0).contains("found 2 players, expected 3 to 255"));
        assert!(error(256, 1.5, 1.0).contains("found 256 players"));
        assert!(error(3, f64::NAN, 1.0).contains("`multiplier` is NaN"));
        assert!(error(3, 1.5, 0.0).contains("`endowment` is 0"));
    }

    proptest! {
        #![proptest_config(property_config(256))]

        /// Money balances: what is paid out is what was kept plus the multiplied contributions; and a player who
        /// turns from contributing to keeping gains `endowment · (1 - multiplier / n)` whatever the others do.
        #[test]
        fn closed_form(
            joint in proptest::collection::vec(0u8..2, 3..20),
            multiplier in 0.1f64..20.0,
            endowment in 0.1f64..10.0,
        ) {
            let n = joint.len();
            let game = PublicGoods::new(n, multiplier, endowment).unwrap();
            let mut payoffs = vec![0.0; n];
            game.payoffs(&joint, &mut payoffs);
            let contributors = joint.iter().filter(|&&a| a == 0).count() as f64;
            let expected = endowment * (multiplier * contributors + n as f64 - contributors);
            prop_assert!((payoffs.iter().sum::<f64>() - expected).abs() < 1e-9 * expected.abs().max(1.0));

            let mut turned = joint.clone();
            turned[0] = 0;
            let mut contributing = vec![0.0; n];
            game.payoffs(&turned, &mut contributing);
            turned[0] = 1;
            let mut keeping = vec![0.0; n];
            game.payoffs(&turned, &mut keeping);
            let gain = endowment * (1.0 - multiplier / n as f64);
            prop_assert!((keeping[0] - contributing[0] - gain).abs() < 1e-9);
        }

        #[test]
        fn swapping_seats_swaps_payoffs(joint in proptest::collection::vec(0u8..2, 3..10), a in 0usize..10, b in 0usize..10) {
            let n = joint.len();
            let (a, b) = (a % n, b % n);
            let game = PublicGoods::new(n, 2.0, 1.0).unwrap();
            let mut payoffs = vec![0.0; n];
            game.payoffs(&joint, &mut payoffs);
            let mut swapped = joint;
            swapped.swap(a, b);
            let mut after = vec![0.0; n];
            game.payoffs(&swapped, &mut after);
            payoffs.swap(a, b);
            prop_assert_eq!(payoffs, after);
        }
    }

    #[test]
    fn a_factor_of_one_or_of_all_players_is_no_dilemma() {
        let is_dilemma = |multiplier| PublicGoods::new(4, multiplier, 1.0).unwrap().is_dilemma();
        assert_eq!([1.0, 1.5, 4.0].map(is_dilemma), [false, true, false]);
    }
}
