//! What a population is rewarded for, round by round.

use super::exact::JOINT;
use crate::games::Observation;
use crate::scenario::format::PopulationSpec;
use crate::world::{PossibleRound, RewardTable, Rules};

/// What a reward term pays for a round: by what both did in the round before (nothing, then CC, CD, DC, DD) and by what
/// both do in this one (CC, CD, DC, DD), the player's own move first.
pub type Pays = [[f64; 4]; 5];

/// The reward of the members of a population.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rewards {
    /// Its terms and what they pay, weighted.
    pub terms: Vec<(String, Pays)>,
    /// The names of terms of which it is not known beforehand what they pay.
    pub unknown: Vec<String>,
}

impl Rewards {
    /// The reward of `population` in matches by `rules`, with the weights of tick `tick`. Terms of plugins are not
    /// known beforehand.
    pub fn of(population: &PopulationSpec, tick: u32, rules: &Rules) -> Self {
        let mut rewards = Self::default();
        for reward in &population.rewards {
            let name = reward.term.name().to_owned();
            match reward.term.listed() {
                Some(term) => rewards.terms.push((name, pays(&term.tabulate(rules, reward.phase().at(tick)), rules))),
                None => rewards.unknown.push(name),
            }
        }
        rewards
    }

    /// What all terms pay together; `None` if that of some is not known.
    pub fn total(&self) -> Option<Pays> {
        let mut total = Pays::default();
        for (place, sum) in total.iter_mut().flatten().enumerate() {
            *sum = self.terms.iter().map(|(_, pays)| pays[place / 4][place % 4]).sum();
        }
        self.unknown.is_empty().then_some(total)
    }

    /// What the term called `name` pays; `None` if there is none, or it is not known.
    pub fn term(&self, name: &str) -> Option<&Pays> {
        self.terms.iter().find(|(known, _)| known == name).map(|(_, pays)| pays)
    }
}

/// What is paid, from a table of all rounds that are possible; each player sits in either seat as often.
fn pays(table: &[f64], rules: &Rules) -> Pays {
    let game = rules.game.as_ref();
    let action = |cooperates| if cooperates { game.cooperative_action() } else { game.defective_action() };
    let mut pays = Pays::default();
    for (before, of_before) in pays.iter_mut().enumerate() {
        let seen = match before.checked_sub(1).map(|joint| JOINT[joint]) {
            None => Observation::Opening,
            Some((own, other)) => Observation::Last { own: action(own), others: action(other) },
        };
        for ((own, other), paid) in JOINT.into_iter().zip(of_before) {
            let in_seat = |seat| {
                let observation = rules.observations.index(seen);
                let round = PossibleRound { seat, observation, own: action(own), other: action(other) };
                table[RewardTable::index(rules, round)]
            };
            *paid = (in_seat(0) + in_seat(1)) / 2.0;
        }
    }
    pays
}
