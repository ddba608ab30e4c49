//! The linear public-goods game: contribute the endowment or keep it.
//!
//! Source: Isaac & Walker 1988, "Group size effects in public goods provision", with all-or-nothing contributions.

use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::{Action, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// The most players of a group: an observation counts cooperating co-players in one byte.
pub const PLAYERS_MAX: usize = 255;

/// Contributions are multiplied and shared equally among all players of the group, whether they contributed or not.
///
/// With `k` contributors among `n` players, each player gets `multiplier · endowment · k / n`, plus its `endowment` if
/// it did not contribute. For `1 < multiplier < n`, all are best off if all contribute, but each is best off keeping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PublicGoods {
    /// Players per group, at least 3.
    players: usize,
    /// Factor by which contributions are multiplied; the game is a dilemma if it is between 1 and `players`.
    multiplier: f64,
    /// Amount with which each player starts a round.
    #[serde(default = "default_endowment")]
    endowment: f64,
}

fn default_endowment() -> f64 {
    1.0
}

impl PublicGoods {
    /// The game of `players` (3 to [`PLAYERS_MAX`]) who start each round with `endowment`.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn new(players: usize, multiplier: f64, endowment: f64) -> Result<Self, Vec<Fault>> {
        let game = Self { players, multiplier, endowment };
        let faults: Vec<Fault> =
            ListedKind::faults(&game, &|_| true).into_iter().chain(out_of_range(game.numbers())).collect();
        if faults.is_empty() { Ok(game) } else { Err(faults) }
    }
}

/// The faults of the number of `players` around a public good, of whom there may be `most`.
pub(super) fn faults_of_players(players: usize, most: usize) -> Vec<Fault> {
    if (3..=most).contains(&players) {
        return Vec::new();
    }
    let expected = format!("expected 3 to {most}; two players play a matrix game");
    vec![Fault::new(".players", format!("a public good among {players} players"), expected)]
}

/// The names of actions, in rule order.
pub(super) fn names<const N: usize>(names: [&str; N]) -> [String; N] {
    names.map(str::to_owned)
}

impl ListedKind for PublicGoods {
    const EXPLANATION: Explanation = Explanation {
        name: "public_goods",
        example: "PublicGoods(players: 4, multiplier: 1.6)",
        meaning: "A linear public-goods game: contribute the endowment or keep it; contributions are multiplied and shared \
            equally.",
        cooperation: "`contribute` is cooperation. A player sees its own last action and how many of the others \
            contributed.",
        source: "Isaac & Walker 1988, Group size effects in public goods provision, Quarterly Journal of Economics 103",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![
            Number::new("multiplier", self.multiplier, Range::Positive),
            Number::new("endowment", self.endowment, Range::Positive),
        ]
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        faults_of_players(self.players, PLAYERS_MAX)
    }

    fn doubts(&self) -> Vec<Fault> {
        let is_sound = self.multiplier > 0.0 && ListedKind::faults(self, &|_| true).is_empty();
        if self.is_dilemma() == Some(true) || !is_sound {
            return Vec::new();
        }
        let expected = format!("a dilemma lies between 1 and {}", self.players);
        vec![Fault::new(".multiplier", "this public good is no dilemma", expected)]
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        Ok(Arc::new(Self::new(self.players, self.multiplier, self.endowment)?))
    }
}

/// The actions of every public-goods game, the cooperative one first.
static ACTIONS: LazyLock<[String; 2]> = LazyLock::new(|| names(["contribute", "keep"]));

impl Game for PublicGoods {
    fn name(&self) -> &str {
        "public_goods"
    }

    fn seats(&self) -> usize {
        self.players
    }

    fn actions(&self) -> &[String] {
        &*ACTIONS
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

    /// Contributing is best for all and keeping is best for each if `1 < multiplier < players`.
    fn is_dilemma(&self) -> Option<bool> {
        Some(self.multiplier > 1.0 && self.multiplier < self.players as f64)
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
        assert_eq!(game.is_dilemma(), Some(true));
        assert_eq!(PublicGoods::new(3, 3.0, 1.0).unwrap().is_dilemma(), Some(false));
    }

    #[test]
    fn bad_numbers_are_refused_with_advice() {
        let error = |n, m, e| {
            let fault = PublicGoods::new(n, m, e).unwrap_err().remove(0);
            format!("{}, {}", fault.message, fault.expected)
        };
        assert!(error(2, 1.5, 1.0).contains("a public good among 2 players, expected 3 to 255"));
        assert!(error(256, 1.5, 1.0).contains("among 256 players"));
        assert!(error(3, f64::NAN, 1.0).contains("`multiplier` is NaN"));
        assert!(error(3, 1.5, 0.0).contains("`endowment` is 0"));
    }

    proptest! {
        #![proptest_config(property_config(256))]

        /// The accounts balance: what is paid out is what was kept plus the multiplied contributions. A player who
        /// switches from contributing to keeping gains `endowment · (1 - multiplier / n)` whatever the others do.
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
        let is_dilemma = |multiplier| PublicGoods::new(4, multiplier, 1.0).unwrap().is_dilemma().unwrap();
        assert_eq!([1.0, 1.5, 4.0].map(is_dilemma), [false, true, false]);
    }
}
