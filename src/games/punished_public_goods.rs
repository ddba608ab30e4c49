//! Public goods with peer punishment: contribute or keep, and pay for fining those who keep, or not.
//!
//! Source: Fehr & Gächter 2000, "Cooperation and punishment in public goods experiments", American Economic Review 90;
//! the four strategies of one shot, those who punish without contributing included, as in Sigmund, Hauert & Nowak
//! 2001, "Reward and punishment", PNAS 98. Unlike in the experiments, punishment is chosen together with the
//! contribution, before either is seen.

use super::kind::{Explanation, Intact, ListedKind, out_of_range};
use super::public_goods::{faults_of_players, names};
use super::{Action, Game};
use crate::fault::Fault;
use crate::numbers::{Number, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// The most players of a group: with four actions there are (n + 3 choose 3) outcomes, each of which is looked at once.
const PLAYERS_MAX: usize = 100;

/// A linear public-goods game whose players may also punish: each pays a fee for every other player that keeps, who
/// pays a fine.
///
/// With `k` contributors and `p` punishers among `n` players, a player gets `multiplier · endowment · k / n`, plus its
/// `endowment` if it keeps, minus `fine` times the other punishers if it keeps, minus `fee` times the others that keep
/// if it punishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PunishedPublicGoods {
    /// Players per group, 3 to 100.
    players: usize,
    /// Factor by which contributions are multiplied; the game is a dilemma if it is between 1 and `players`.
    multiplier: f64,
    /// Amount with which each player starts a round.
    #[serde(default = "one")]
    endowment: f64,
    /// What a punisher pays for each other player that keeps.
    fee: f64,
    /// What a player that keeps loses to each other player that punishes.
    fine: f64,
}

fn one() -> f64 {
    1.0
}

/// Whether `action` contributes.
fn contributes(action: Action) -> bool {
    action < 2
}

/// Whether `action` punishes.
fn punishes(action: Action) -> bool {
    action == 1 || action == 3
}

impl ListedKind for PunishedPublicGoods {
    const EXPLANATION: Explanation = Explanation {
        name: "punished_public_goods",
        example: "PunishedPublicGoods(players: 4, multiplier: 1.6, fee: 0.3, fine: 1.0)",
        meaning: "A linear public-goods game with punishment: contribute or keep, and pay a fee for each other player that \
            keeps, who then pays a fine, or not.",
        cooperation: "`contribute` and `contribute_and_punish` are cooperation; `keep` and `keep_and_punish` are not. A player \
            sees its own last action, whichever of the four it is, and how many of the others contributed, not how many \
            punished. All reward terms apply; payoffs can be negative.",
        source: "Fehr & Gächter 2000, Cooperation and punishment in public goods experiments, American Economic Review 90; \
            Sigmund, Hauert & Nowak 2001, Reward and punishment, PNAS 98",
    };

    fn numbers(&self) -> Vec<Number> {
        vec![
            Number::new("multiplier", self.multiplier, Range::Positive),
            Number::new("endowment", self.endowment, Range::Positive),
            Number::new("fee", self.fee, Range::NotNegative),
            Number::new("fine", self.fine, Range::NotNegative),
        ]
    }

    fn faults(&self, _: Intact) -> Vec<Fault> {
        faults_of_players(self.players, PLAYERS_MAX)
    }

    fn doubts(&self) -> Vec<Fault> {
        if self.multiplier > 1.0 && self.multiplier < self.players as f64 {
            return Vec::new();
        }
        let expected = format!("a dilemma lies between 1 and {}", self.players);
        vec![Fault::new(".multiplier", "this public good is no dilemma", expected)]
    }

    fn game(&self) -> Result<Arc<dyn Game>, Vec<Fault>> {
        let faults: Vec<Fault> =
            ListedKind::faults(self, &|_| true).into_iter().chain(out_of_range(self.numbers())).collect();
        if faults.is_empty() { Ok(Arc::new(self.clone())) } else { Err(faults) }
    }
}

/// The actions: contribution, then punishment.
static ACTIONS: LazyLock<[String; 4]> =
    LazyLock::new(|| names(["contribute", "contribute_and_punish", "keep", "keep_and_punish"]));

impl Game for PunishedPublicGoods {
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
        let count = |is: fn(Action) -> bool| joint.iter().filter(|&&action| is(action)).count();
        let (contributors, punishers) = (count(contributes), count(punishes));
        let keepers = joint.len() - contributors;
        let share = self.multiplier * self.endowment * contributors as f64 / self.players as f64;
        for (payoff, &action) in payoffs.iter_mut().zip(joint) {
            let (keeps, fines) = (!contributes(action), punishes(action));
            let both = usize::from(keeps && fines);
            let fined = if keeps { punishers - both } else { 0 };
            let paid = if fines { keepers - both } else { 0 };
            let kept = if keeps { self.endowment } else { 0.0 };
            *payoff = share + kept - self.fine * fined as f64 - self.fee * paid as f64;
        }
    }

    fn cooperative(&self, action: Action) -> bool {
        contributes(action)
    }

    fn symmetric(&self) -> bool {
        true
    }

    /// As without punishment: a fine may make it best to contribute, but whatever the others do, punishing costs the
    /// one who does it.
    fn is_dilemma(&self) -> Option<bool> {
        Some(self.multiplier > 1.0 && self.multiplier < self.players as f64)
    }

    fn in_words(&self, names: &[&str]) -> Option<String> {
        let Self { players, multiplier, endowment, fee, fine } = self;
        let [c, cp, d, dp] = *names else { return None };
        Some(format!(
            "Each of the {players} players starts with {endowment}. Who chooses {c} or {cp} gives it away: what is given is \
             multiplied by {multiplier} and shared equally by all. Who chooses {d} or {dp} keeps it. Besides, who chooses {cp} \
             or {dp} pays {fee} for each other player that keeps, and each of these loses {fine}."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::normal_form::{can_be_counted, check_symmetric, payoffs};
    use crate::games::public_goods::PublicGoods;
    use crate::games::{Observation, ObservationSpace};

    fn game() -> PunishedPublicGoods {
        PunishedPublicGoods { players: 4, multiplier: 2.0, endowment: 2.0, fee: 0.5, fine: 1.5 }
    }

    #[test]
    fn four_players_by_hand() {
        // One of each: two contribute, so all get 2 · 2 · 2 / 4 = 2; two punish and two keep.
        // The punishing keeper fines one other and is fined by one; nobody punishes oneself.
        assert_eq!(payoffs(&game(), &[0, 1, 2, 3]), [2.0, 2.0 - 1.0, 2.0 + 2.0 - 3.0, 2.0 + 2.0 - 1.5 - 0.5]);
        assert_eq!(payoffs(&game(), &[1, 1, 1, 1]), [4.0; 4]);
        assert_eq!(payoffs(&game(), &[3, 2, 2, 2]), [2.0 - 1.5, 0.5, 0.5, 0.5]);
        assert_eq!(check_symmetric(&game()), Some(true));
        assert!(can_be_counted(&PunishedPublicGoods { players: PLAYERS_MAX, ..game() }).is_ok());
    }

    #[test]
    fn without_fee_and_fine_it_is_the_plain_public_good() {
        let free = PunishedPublicGoods { fee: 0.0, fine: 0.0, ..game() };
        let plain = PublicGoods::new(4, 2.0, 2.0).unwrap();
        for number in 0..256u32 {
            let joint: Vec<Action> = (0..4).map(|seat| (number >> (2 * seat) & 3) as Action).collect();
            let reduced: Vec<Action> = joint.iter().map(|action| action / 2).collect();
            assert_eq!(payoffs(&free, &joint), payoffs(&plain, &reduced));
        }
    }

    #[test]
    fn a_player_sees_how_many_contributed() {
        let space = ObservationSpace::of(&game());
        assert_eq!(space.observe(&game(), 3, &[0, 1, 2, 3]), Observation::Last { own: 3, others: 2 });
        assert_eq!((game().cooperative_action(), game().defective_action(), space.len()), (0, 2, 17));
        let words = game().in_words(&["a", "b", "c", "d"]).unwrap();
        assert!(words.contains("Who chooses a or b gives") && words.contains("pays 0.5"), "{words}");
    }

    #[test]
    fn groups_too_large_to_enumerate_and_negative_fines_are_refused() {
        assert_eq!(PunishedPublicGoods { players: 101, ..game() }.game().unwrap_err()[0].at, ".players");
        assert_eq!(PunishedPublicGoods { fine: -1.0, ..game() }.game().unwrap_err()[0].at, ".fine");
    }
}
