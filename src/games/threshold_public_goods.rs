//! Public goods that are there once enough players contribute, the volunteer's dilemma among them.
//!
//! Source: Taylor & Ward 1982, "Chickens, whales, and lumpy goods", Political Studies 30; with a threshold of one it is
//! the volunteer's dilemma of Diekmann 1985, Journal of Conflict Resolution 29; refunds as in Dawes, Orbell, Simmons &
//! van de Kragt 1986, American Political Science Review 80.

use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::public_goods::{PLAYERS_MAX, faults_of_players, names};
use super::{Action, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// Every player gets the benefit if at least `threshold` players contribute; who contributes pays the cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ThresholdPublicGoods {
    /// Players per group, at least 3.
    players: usize,
    /// Contributors needed; 1 is the volunteer's dilemma.
    threshold: usize,
    /// What the good is worth to each player.
    benefit: f64,
    /// What a contribution costs.
    cost: f64,
    /// Whether contributors get their cost back if they are too few.
    #[serde(default)]
    refund: bool,
}

impl ListedKind for ThresholdPublicGoods {
    const EXPLANATION: Explanation = Explanation {
        name: "threshold_public_goods",
        example: "ThresholdPublicGoods(players: 4, threshold: 2, benefit: 3.0, cost: 1.0)",
        meaning: "A public good that all get if enough players contribute; with a threshold of 1, the volunteer's dilemma.",
        cooperation: "`contribute` is cooperation. A player sees its own last action and how many of the others contributed. \
            All reward terms apply; where the threshold is below the number of players, not all have to contribute for the \
            best collective payoff.",
        source: "Taylor & Ward 1982, Chickens, whales, and lumpy goods, Political Studies 30; Diekmann 1985, Volunteer's \
            dilemma, Journal of Conflict Resolution 29",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![Number::new("benefit", self.benefit, Range::Positive), Number::new("cost", self.cost, Range::Positive)]
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        let mut faults = faults_of_players(self.players, PLAYERS_MAX);
        if faults.is_empty() && !(1..=self.players).contains(&self.threshold) {
            let message = format!("{} contributors among {} players", self.threshold, self.players);
            faults.push(Fault::new(".threshold", message, format!("expected 1 to {}", self.players)));
        }
        faults
    }

    fn doubts(&self) -> Vec<Fault> {
        if self.cost < self.benefit {
            return Vec::new();
        }
        let message = format!("a contribution costs {}, and the good is worth {}", self.cost, self.benefit);
        vec![Fault::new(".cost", message, "a dilemma has a cost below `benefit`")]
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> =
            ListedKind::faults(self, &|_| true).into_iter().chain(out_of_range(self.numbers())).collect();
        if faults.is_empty() { Ok(Arc::new(self.clone())) } else { Err(faults) }
    }
}

/// The actions, the cooperative one first.
static ACTIONS: LazyLock<[String; 2]> = LazyLock::new(|| names(["contribute", "keep"]));

impl Game for ThresholdPublicGoods {
    fn name(&self) -> &str {
        Self::EXPLANATION.name
    }

    fn seats(&self) -> usize {
        self.players
    }

    fn actions(&self) -> &[String] {
        &*ACTIONS
    }

    fn payoffs(&self, joint: &[Action], payoffs: &mut [f64]) {
        let contributors = joint.iter().filter(|&&action| action == 0).count();
        let is_there = contributors >= self.threshold;
        let benefit = if is_there { self.benefit } else { 0.0 };
        let cost = if is_there || !self.refund { self.cost } else { 0.0 };
        for (payoff, &action) in payoffs.iter_mut().zip(joint) {
            *payoff = if action == 0 { benefit - cost } else { benefit };
        }
    }

    fn symmetric(&self) -> bool {
        true
    }

    /// All are better off with the good than without, and each would rather have others pay for it.
    fn is_dilemma(&self) -> Option<bool> {
        Some(self.cost < self.benefit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{check_symmetric, payoffs};
    use crate::testing::assert_near;

    fn good(threshold: usize, refund: bool) -> ThresholdPublicGoods {
        ThresholdPublicGoods { players: 4, threshold, benefit: 3.0, cost: 1.0, refund }
    }

    #[test]
    fn the_good_is_there_from_the_threshold_on() {
        let game = good(2, false);
        assert_eq!(payoffs(&game, &[0, 1, 1, 1]), [-1.0, 0.0, 0.0, 0.0]);
        assert_eq!(payoffs(&game, &[0, 0, 1, 1]), [2.0, 2.0, 3.0, 3.0]);
        assert_eq!(payoffs(&good(2, true), &[0, 1, 1, 1]), [0.0; 4]);
        assert_eq!(payoffs(&good(2, true), &[0, 0, 1, 1]), [2.0, 2.0, 3.0, 3.0]);
        assert_eq!(check_symmetric(&game), Some(true));
    }

    /// Diekmann's mixed equilibrium: each defects with chance (c / b)^(1 / (n - 1)), and is then indifferent.
    #[test]
    fn volunteers_are_indifferent_at_diekmanns_equilibrium() {
        let game = good(1, false);
        let q = (1.0f64 / 3.0).powf(1.0 / 3.0);
        let expected = |own: Action| {
            let mut sum = 0.0;
            for others in 0..8u8 {
                let bits = [others & 1, others >> 1 & 1, others >> 2 & 1];
                let chance: f64 = bits.iter().map(|&bit| if bit == 0 { 1.0 - q } else { q }).product();
                sum += chance * payoffs(&game, &[own, bits[0], bits[1], bits[2]])[0];
            }
            sum
        };
        assert_near(expected(0), expected(1), 1e-12);
        assert_near(expected(0), 2.0, 1e-12);
    }

    #[test]
    fn a_threshold_that_no_group_reaches_is_refused() {
        for threshold in [0, 5] {
            assert_eq!(good(threshold, false).game().unwrap_err()[0].at, ".threshold");
        }
        let few = ThresholdPublicGoods { players: 2, ..good(1, false) };
        assert_eq!(few.game().unwrap_err()[0].at, ".players");
        assert_eq!(ThresholdPublicGoods { cost: 3.0, ..good(1, false) }.doubts().len(), 1);
    }
}
