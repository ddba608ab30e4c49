//! Public goods with optional participation: contribute, keep, or stay away as a loner.
//!
//! Source: Hauert, De Monte, Hofbauer & Sigmund 2002, "Volunteering as Red Queen mechanism for cooperation in public
//! goods games", Science 296. There, the loner's payoff σ is what a loner has above a player that contributes nothing
//! to an empty pot; here it is what the loner has, the endowment included.

use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::public_goods::{PLAYERS_MAX, faults_of_players, names};
use super::{Action, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// A linear public-goods game among those who take part. Loners, and a player that would be the only one to take part,
/// get the loner's payoff.
///
/// With `k` contributors among `s ≥ 2` participants, each of these gets `multiplier · endowment · k / s`, plus its
/// `endowment` if it keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct OptionalPublicGoods {
    /// Players per group, at least 3.
    players: usize,
    /// Factor by which contributions are multiplied.
    multiplier: f64,
    /// Amount with which each participant starts a round.
    #[serde(default = "one")]
    endowment: f64,
    /// What a loner gets; between `endowment` and `multiplier · endowment`, staying away pays among those who keep and
    /// not among those who contribute.
    loner: f64,
}

fn one() -> f64 {
    1.0
}

/// The number of the loner's action.
const ABSTAIN: Action = 2;

impl ListedKind for OptionalPublicGoods {
    const EXPLANATION: Explanation = Explanation {
        name: "optional_public_goods",
        example: "OptionalPublicGoods(players: 4, multiplier: 3.0, loner: 1.5)",
        meaning: "A public-goods game with optional participation: contribute, keep, or abstain for a small, sure payoff.",
        cooperation: "`contribute` alone is cooperation: who abstains counts among those who do not cooperate. A player sees its \
            own last action, whichever of the three it is, and how many of the others contributed. All reward terms apply.",
        source: "Hauert, De Monte, Hofbauer & Sigmund 2002, Volunteering as Red Queen mechanism for cooperation in public \
            goods games, Science 296",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![
            Number::new("multiplier", self.multiplier, Range::Positive),
            Number::new("endowment", self.endowment, Range::Positive),
            Number::new("loner", self.loner, Range::Amount),
        ]
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        faults_of_players(self.players, PLAYERS_MAX)
    }

    fn doubts(&self) -> Vec<Fault> {
        let mut doubts = Vec::new();
        if !(self.multiplier > 1.0 && self.multiplier < self.players as f64) {
            let expected = format!("a dilemma lies between 1 and {}", self.players);
            doubts.push(Fault::new(".multiplier", "this public good is no dilemma", expected));
        } else if !(self.endowment < self.loner && self.loner < self.multiplier * self.endowment) {
            let message = format!("a loner gets {}", self.loner);
            let expected =
                format!("staying away matters between {} and {}", self.endowment, self.multiplier * self.endowment);
            doubts.push(Fault::new(".loner", message, expected));
        }
        doubts
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> =
            ListedKind::faults(self, &|_| true).into_iter().chain(out_of_range(self.numbers())).collect();
        if faults.is_empty() { Ok(Arc::new(self.clone())) } else { Err(faults) }
    }
}

/// The actions, the cooperative one first.
static ACTIONS: LazyLock<[String; 3]> = LazyLock::new(|| names(["contribute", "keep", "abstain"]));

impl Game for OptionalPublicGoods {
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
        let participants = joint.iter().filter(|&&action| action != ABSTAIN).count();
        let contributors = joint.iter().filter(|&&action| action == 0).count();
        let share = self.multiplier * self.endowment * contributors as f64 / participants.max(1) as f64;
        for (payoff, &action) in payoffs.iter_mut().zip(joint) {
            *payoff = match action {
                ABSTAIN => self.loner,
                _ if participants < 2 => self.loner,
                0 => share,
                _ => share + self.endowment,
            };
        }
    }

    fn symmetric(&self) -> bool {
        true
    }

    /// Among participants it is the dilemma of the plain game.
    fn is_dilemma(&self) -> Option<bool> {
        Some(self.multiplier > 1.0 && self.multiplier < self.players as f64)
    }

    fn in_words(&self, names: &[&str]) -> Option<String> {
        let Self { multiplier, endowment, loner, .. } = self;
        let [contribute, keep, abstain] = *names else { return None };
        Some(format!(
            "Who chooses {abstain} gets {loner} and takes no part. Each of the others starts with {endowment}. Who chooses \
             {contribute} gives it away: what is given is multiplied by {multiplier} and shared equally by those who take part. \
             Who chooses {keep} keeps it. If only one player takes part, it gets {loner} too."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{check_symmetric, payoffs};
    use crate::games::{Observation, ObservationSpace};

    fn game() -> OptionalPublicGoods {
        OptionalPublicGoods { players: 4, multiplier: 3.0, endowment: 1.0, loner: 1.5 }
    }

    #[test]
    fn the_pot_is_shared_by_those_who_take_part() {
        // Two contribute and one keeps: 3 · 2 / 3 = 2 each.
        assert_eq!(payoffs(&game(), &[0, 0, 1, 2]), [2.0, 2.0, 3.0, 1.5]);
        assert_eq!(payoffs(&game(), &[0, 0, 0, 0]), [3.0; 4]);
        assert_eq!(payoffs(&game(), &[1, 1, 2, 2]), [1.0, 1.0, 1.5, 1.5]);
        assert_eq!(check_symmetric(&game()), Some(true));
    }

    /// With one participant there is no game; with two and a factor above 2 contributing pays whatever the other does,
    /// which is how volunteering gets cooperation going again (Hauert et al. 2002).
    #[test]
    fn small_groups_are_no_dilemma_and_one_player_is_no_group() {
        assert_eq!(payoffs(&game(), &[0, 2, 2, 2]), [1.5; 4]);
        assert_eq!(payoffs(&game(), &[2, 2, 2, 2]), [1.5; 4]);
        for other in [0, 1] {
            let of = |own| payoffs(&game(), &[own, other, 2, 2])[0];
            assert!(of(0) > of(1));
        }
    }

    #[test]
    fn abstaining_is_seen_as_no_cooperation() {
        let seen = ObservationSpace::of(&game()).observe(&game(), 0, &[2, 0, 2, 1]);
        assert_eq!(seen, Observation::Last { own: 2, others: 1 });
        assert_eq!((game().cooperative_action(), game().defective_action()), (0, 1));
    }

    #[test]
    fn a_sure_payoff_that_is_always_or_never_best_is_doubted() {
        assert!(game().doubts().is_empty());
        for loner in [1.0, 3.0] {
            assert_eq!(OptionalPublicGoods { loner, ..game() }.doubts()[0].at, ".loner");
        }
        assert_eq!(OptionalPublicGoods { multiplier: 4.0, ..game() }.doubts()[0].at, ".multiplier");
    }
}
